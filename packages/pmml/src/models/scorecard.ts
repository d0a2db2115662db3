import { compileExpression } from '../expression.ts';
import type { Frame } from '../frame.ts';
import { PmmlError } from '../pmml-error.ts';
import { compilePredicateOf, type Predicate } from '../predicate.ts';
import { childOf, childrenOf, numberAttribute, requiredChild, wordAttribute, type XmlElement } from '../xml.ts';
import type { ModelContext, Scorer } from './prediction.ts';

interface Attribute {
  readonly holds: Predicate;
  readonly score: (frame: Frame) => number | null;
  readonly reasonCode: string | undefined;
}

/** https://dmg.org/pmml/v4-4-1/Scorecard.html: the first attribute of each characteristic that holds adds its score. */
export function compileScorecard(context: ModelContext): Scorer {
  const { element, round } = context;
  const initial = numberAttribute(element, 'initialScore', 0);
  const algorithm = wordAttribute(element, 'reasonCodeAlgorithm', ['pointsBelow', 'pointsAbove']);
  const usesReasons = element.attributes['useReasonCodes'] !== 'false';
  const sign = algorithm === 'pointsAbove' ? 1 : -1;
  const characteristics = childrenOf(requiredChild(element, 'Characteristics'), 'Characteristic').map((each) => ({
    attributes: childrenOf(each, 'Attribute').map((attribute) => readAttribute(attribute, each, context)),
    baseline: numberAttribute(each, 'baselineScore', numberAttribute(element, 'baselineScore', 0)),
  }));
  return (frame) => {
    let total = initial;
    const points = new Map<string, number>();
    for (const { attributes, baseline } of characteristics) {
      const attribute = attributes.find(({ holds }) => holds(frame) === true);
      if (attribute === undefined) return null;
      const score = attribute.score(frame);
      if (score === null) return null;
      total = round(total + score);
      if (!usesReasons) continue;
      const { reasonCode } = attribute;
      if (reasonCode === undefined) throw new PmmlError('An attribute that holds has no reason code.');
      points.set(reasonCode, (points.get(reasonCode) ?? 0) + sign * (score - baseline));
    }
    const reasonCodes = [...points]
      .filter(([, lost]) => lost >= 0)
      .toSorted(([, a], [, b]) => b - a)
      .map(([code]) => code);
    return { value: total, reasonCodes };
  };
}

function readAttribute(element: XmlElement, characteristic: XmlElement, { scope, round }: ModelContext): Attribute {
  const complex = childOf(element, 'ComplexPartialScore');
  const [inner] = complex?.children ?? [];
  const compiled = inner === undefined ? undefined : compileExpression(inner, scope);
  const fixed = compiled === undefined ? round(numberAttribute(element, 'partialScore')) : 0;
  return {
    holds: compilePredicateOf(element, scope),
    reasonCode: element.attributes['reasonCode'] ?? characteristic.attributes['reasonCode'],
    score: (frame) => {
      if (compiled === undefined) return fixed;
      const value = compiled.compute(frame);
      return value === null ? null : Number(value);
    },
  };
}
