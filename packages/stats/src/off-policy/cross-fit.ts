import { addToLinearArm, emptyLinearArm, linearBelief, type LinearArm } from '../bandit/linear-arm.ts';

/** What was drawn in which context, and what came of it. `fold`: 0 or 1, by unit, so that no unit is on both sides. */
export interface ContextualDecision {
  readonly arm: number;
  readonly context: ArrayLike<number>;
  readonly reward: number;
  readonly fold: 0 | 1;
}

/** Mean and deviation of each column, so that one ridge fits all. A column that never changes is left at 0. */
function standardiser(log: readonly ContextualDecision[], dimensions: number): (x: ArrayLike<number>) => Float64Array {
  const means = new Float64Array(dimensions);
  const squares = new Float64Array(dimensions);
  for (const [index, { context }] of log.entries()) {
    for (let column = 0; column < dimensions; column += 1) {
      const delta = (context[column] ?? 0) - (means[column] ?? 0);
      means[column] = (means[column] ?? 0) + delta / (index + 1);
      squares[column] = (squares[column] ?? 0) + delta * ((context[column] ?? 0) - (means[column] ?? 0));
    }
  }
  const scales = squares.map((square) => Math.sqrt(square / Math.max(1, log.length)));
  return (x) => {
    const standard = new Float64Array(dimensions + 1);
    standard[dimensions] = 1;
    for (let column = 0; column < dimensions; column += 1) {
      const scale = scales[column] ?? 0;
      if (scale > 0) standard[column] = ((x[column] ?? 0) - (means[column] ?? 0)) / scale;
    }
    return standard;
  };
}

/**
 * The reward predicted for each decision under each arm, by a ridge regression for each arm that was fitted on the other
 * fold: a model that did not see the decision, as direct and doubly robust estimates need (cross-fitting: Chernozhukov
 * and others 2018). An arm that a fold never saw is predicted by the mean of that fold.
 */
export function crossFittedRewards(
  log: readonly ContextualDecision[],
  arms: number,
  dimensions: number,
  ridge = 1,
): number[][] {
  const standard = standardiser(log, dimensions);
  const models = [0, 1].map(() => ({
    arms: Array.from({ length: arms }, (): LinearArm => emptyLinearArm(dimensions + 1, ridge)),
    sum: 0,
    n: 0,
  }));
  for (const { arm, context, reward, fold } of log) {
    const model = models[1 - fold];
    const own = model?.arms[arm];
    if (model === undefined || own === undefined) continue;
    addToLinearArm(own, standard(context), reward);
    model.sum += reward;
    model.n += 1;
  }
  return log.map(({ context, fold }) => {
    const model = models[fold];
    const x = standard(context);
    return (model?.arms ?? []).map((own) =>
      own.n > 0 || !model ? linearBelief(own, x).mean : model.sum / Math.max(1, model.n),
    );
  });
}
