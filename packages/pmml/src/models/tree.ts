import type { Frame } from '../frame.ts';
import { compilePredicateOf, type Predicate } from '../predicate.ts';
import { childrenOf, numberAttribute, requiredChild, wordAttribute, type XmlElement } from '../xml.ts';
import { largest, type ModelContext, type Prediction, type Scorer } from './prediction.ts';
import { readDistribution } from './score-distribution.ts';

interface Node {
  readonly id: string | null;
  readonly holds: Predicate;
  readonly children: readonly Node[];
  readonly defaultChild: Node | undefined;
  readonly recordCount: number;
  /** Null for nodes without a score. */
  readonly prediction: Prediction | null;
}

const strategies = [
  'none',
  'lastPrediction',
  'nullPrediction',
  'defaultChild',
  'weightedConfidence',
  'aggregateNodes',
] as const;

/** https://dmg.org/pmml/v4-4-1/TreeModel.html */
export function compileTree(context: ModelContext): Scorer {
  const { element } = context;
  const strategy = wordAttribute(element, 'missingValueStrategy', strategies);
  const otherwise = wordAttribute(element, 'noTrueChildStrategy', ['returnNullPrediction', 'returnLastPrediction']);
  const penalty = numberAttribute(element, 'missingValuePenalty', 1);
  const ids = { next: 1 };
  const root = readNode(requiredChild(element, 'Node'), context, ids);
  if (strategy === 'weightedConfidence' || strategy === 'aggregateNodes') {
    return (frame) => combinedPrediction(root, frame, strategy === 'weightedConfidence');
  }

  return (frame) => {
    if (root.holds(frame) !== true) return null;
    let node = root;
    let last = root.prediction;
    let penalties = 1;
    while (node.children.length > 0) {
      let next: Node | undefined;
      for (const child of node.children) {
        const truth = child.holds(frame);
        if (truth === false || (truth === null && strategy === 'none')) continue;
        if (truth === null && strategy === 'nullPrediction') return null;
        if (truth === null && strategy === 'lastPrediction') return last;
        next = truth === null ? node.defaultChild : child;
        if (truth === null) penalties *= penalty;
        break;
      }
      if (next === undefined) return otherwise === 'returnLastPrediction' ? last : null;
      node = next;
      last = node.prediction ?? last;
    }
    return node.prediction === null || penalties === 1 ? node.prediction : penalised(node.prediction, penalties);
  };
}

function readNode(element: XmlElement, context: ModelContext, ids: { next: number }): Node {
  const id = element.attributes['id'] ?? String(ids.next);
  ids.next++;
  const children = childrenOf(element, 'Node').map((child) => readNode(child, context, ids));
  const { isClassification, round } = context;
  const { score } = element.attributes;
  const distribution = readDistribution(element);
  const value = score ?? (distribution === null ? undefined : (largest(distribution.probabilities) ?? undefined));
  const isScored = value !== undefined;
  const number = isClassification || value === undefined ? 0 : round(numberAttribute(element, 'score'));
  const defaultChild = element.attributes['defaultChild'];
  return {
    id,
    holds: compilePredicateOf(element, context.scope),
    children,
    defaultChild: defaultChild === undefined ? undefined : children.find((child) => child.id === defaultChild),
    recordCount: numberAttribute(element, 'recordCount', 0),
    prediction: isScored ? { value: isClassification ? value : number, entityId: id, ...distribution } : null,
  };
}

function penalised(prediction: Prediction, penalty: number): Prediction {
  const { confidences } = prediction;
  if (confidences === undefined) return prediction;
  return { ...prediction, confidences: new Map([...confidences].map(([value, each]) => [value, each * penalty])) };
}

/** Where a predicate is unknown, all children that may hold answer together, by confidence or by their records. */
function combinedPrediction(root: Node, frame: Frame, byConfidence: boolean): Prediction | null {
  if (root.holds(frame) === false) return null;
  const combined = combine(root, frame, byConfidence);
  let total = 0;
  for (const weight of combined.values()) total += weight;
  if (total === 0) return null;
  const shares = new Map([...combined].map(([value, weight]) => [value, weight / total]));
  return { value: largest(shares), probabilities: shares, confidences: byConfidence ? combined : shares };
}

function combine(node: Node, frame: Frame, byConfidence: boolean): Map<string, number> {
  const possible: Node[] = [];
  for (const child of node.children) {
    const truth = child.holds(frame);
    if (truth === true && possible.length === 0) return combine(child, frame, byConfidence);
    if (truth !== false) possible.push(child);
  }
  if (possible.length === 0) return leafWeights(node, byConfidence);
  const records = possible.reduce((sum, { recordCount }) => sum + recordCount, 0);
  const weights = new Map<string, number>();
  for (const child of possible) {
    const share = byConfidence ? child.recordCount / records : 1;
    for (const [value, weight] of combine(child, frame, byConfidence)) {
      weights.set(value, (weights.get(value) ?? 0) + weight * share);
    }
  }
  return weights;
}

function leafWeights({ prediction, recordCount }: Node, byConfidence: boolean): Map<string, number> {
  const { confidences, probabilities = new Map<string, number>() } = prediction ?? {};
  if (byConfidence) return new Map(confidences ?? probabilities);
  return new Map([...probabilities].map(([value, share]) => [value, share * recordCount]));
}
