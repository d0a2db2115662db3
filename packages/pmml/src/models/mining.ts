import type { Frame } from '../frame.ts';
import { PmmlError } from '../pmml-error.ts';
import { compilePredicateOf, type Predicate } from '../predicate.ts';
import { childrenOf, numberAttribute, requiredChild, wordAttribute, type XmlElement } from '../xml.ts';
import { combiner, type Vote } from './combine-predictions.ts';
import type { CompiledModel, ModelContext, Prediction, Scorer } from './prediction.ts';

interface Segment {
  readonly weight: number;
  readonly holds: Predicate;
  readonly model: CompiledModel;
}

const methods = [
  'majorityVote',
  'weightedMajorityVote',
  'average',
  'weightedAverage',
  'median',
  'weightedMedian',
  'x-weightedMedian',
  'max',
  'sum',
  'weightedSum',
  'x-weightedSum',
  'selectFirst',
  'selectAll',
  'modelChain',
  'multiModelChain',
  'x-multiModelChain',
] as const;

const models = /(Model|Scorecard)$/;

/** https://dmg.org/pmml/v4-4-1/MultipleModels.html */
export function compileMining(context: ModelContext): Scorer {
  const { element } = context;
  const segmentation = requiredChild(element, 'Segmentation');
  const method = wordAttribute(segmentation, 'multipleModelMethod', methods);
  const segments = childrenOf(segmentation, 'Segment').map((segment) => readSegment(segment, context));
  if (method === 'selectFirst') return (frame) => firstThatHolds(segments, frame)?.model.predict(frame) ?? null;
  if (method.endsWith('odelChain')) {
    for (const { model } of segments) for (const output of model.outputs) if (output.isFinal) context.putOut(output);
    return (frame) => lastOfChain(segments, frame);
  }
  if (method === 'selectAll') throw new PmmlError('selectAll has more answers than one, which is not supported.');
  const missing = wordAttribute(segmentation, 'missingPredictionTreatment', [
    'continue',
    'skipSegment',
    'returnMissing',
  ]);
  const combine = combiner(method.replace('x-', ''), context);
  const missingThreshold = numberAttribute(segmentation, 'missingThreshold', 1);
  return (frame) => {
    const votes: Vote[] = [];
    let [asked, silent] = [0, 0];
    for (const { holds, weight, model } of segments) {
      if (holds(frame) !== true) continue;
      const prediction = model.predict(frame);
      const own = method === 'majorityVote' ? 1 : weight;
      asked += own;
      if (prediction !== null && prediction.value !== null) votes.push({ weight: own, prediction });
      else if (missing === 'returnMissing') return null;
      else silent += own;
    }
    if (votes.length === 0) return null;
    if (silent / asked > missingThreshold) return null;
    if (silent === 0 || missing !== 'continue') return combine(votes);
    // Untreated, no answer is a vote of its own; numbers and shares are not made of a part of the segments.
    return method.endsWith('Vote') ? unlessSilenceWins(combine(votes), votes, silent) : null;
  };
}

function unlessSilenceWins(prediction: Prediction, votes: readonly Vote[], silent: number): Prediction | null {
  const most = Math.max(...(prediction.probabilities?.values() ?? []));
  const total = votes.reduce((sum, { weight }) => sum + weight, 0);
  return silent > most * total ? null : prediction;
}

function readSegment(element: XmlElement, context: ModelContext): Segment {
  const { scope, compileInner } = context;
  const inner = element.children.find(({ name }) => models.test(name));
  if (inner === undefined) throw new PmmlError('A segment has no model.');
  const model = compileInner(inner, scope);
  // What a segment puts out, later segments and the whole may read.
  for (const { name, field } of model.outputs) scope.define(name, field);
  return { weight: numberAttribute(element, 'weight', 1), holds: compilePredicateOf(element, scope), model };
}

function firstThatHolds(segments: readonly Segment[], frame: Frame): Segment | undefined {
  return segments.find(({ holds }) => holds(frame) === true);
}

function lastOfChain(segments: readonly Segment[], frame: Frame): Prediction | null {
  let last: Prediction | null = null;
  for (const { holds, model } of segments) if (holds(frame) === true) last = model.predict(frame);
  return last;
}
