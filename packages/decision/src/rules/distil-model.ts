import type { Distillation, RuleSetDefinition } from '@mulle/contract';
import { fitRegressionTree, predictRegressionTree } from '@mulle/stats';
import { rulesOfTree } from './tree-rules.ts';

/** What a model answered to a request: its features as they were served (NaN: missing), in the order of the names. */
export interface ModelAnswer {
  readonly features: ArrayLike<number>;
  readonly score: number;
}

export interface DistilOptions {
  readonly name: string;
  readonly model: string;
  readonly version: number;
  /** Splits on the longest way. */
  readonly depth: number;
  /** The score from which on an answer falls on the upper side. */
  readonly threshold: number;
}

/** One answer in so many is kept apart: fidelity is told of rows that the rules were not made of. */
const heldOutEvery = 4;
const fewestAnswers = 100;

/**
 * A shallow tree that answers like a model, as a rule set, with how like it is (R² and agreement about the threshold).
 * Throws RangeError with fewer than 100 answers: so few tell nothing of the model.
 */
export function distilModel(
  answers: readonly ModelAnswer[],
  names: readonly string[],
  { name, model, version, depth, threshold }: DistilOptions,
): { definition: RuleSetDefinition; distilledFrom: Distillation } {
  if (answers.length < fewestAnswers)
    throw new RangeError(`${answers.length} answers are too few to learn from: ${fewestAnswers} are the least.`);
  const kept = answers.filter((_, index) => index % heldOutEvery === 0);
  const learned = answers.filter((_, index) => index % heldOutEvery !== 0);
  const tree = fitRegressionTree(
    learned.map(({ features }) => features),
    learned.map(({ score }) => score),
    { depth, leafRows: Math.max(10, Math.floor(learned.length / 200)) },
  );
  const mean = kept.reduce((sum, { score }) => sum + score, 0) / kept.length;
  let residual = 0;
  let total = 0;
  let agreed = 0;
  for (const { features, score } of kept) {
    const own = predictRegressionTree(tree, features);
    residual += (score - own) ** 2;
    total += (score - mean) ** 2;
    if (own >= threshold === score >= threshold) agreed += 1;
  }
  // Answers that are all the same are explained by saying so.
  const rSquared = total > 0 ? 1 - residual / total : residual === 0 ? 1 : 0;
  const agreement = agreed / kept.length;
  const described = `Learned from ${model}@${version}: explains ${(100 * rSquared).toFixed(1)} % of the variance of its answers, agrees about ${threshold} on ${(100 * agreement).toFixed(1)} % of ${kept.length} requests that it was not learned from.`;
  return {
    definition: rulesOfTree(name, tree, names, { description: described }),
    distilledFrom: { model, version, rows: kept.length, rSquared, agreement, threshold, depth },
  };
}
