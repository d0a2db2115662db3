import { MulleError } from '#kernel/errors.ts';
import {
  algorithmNames,
  type Algorithm,
  type AlgorithmName,
  type TrainedModel,
  type TrainingOptions,
} from './algorithm.ts';
import { constantModel } from './constant-model.ts';
import { gradientBoosting } from './gradient-boosting.ts';
import { logisticRegression } from './logistic-regression.ts';
import type { LabelledMatrix } from './matrix.ts';

/** Every built-in algorithm by name. */
export const algorithms: Readonly<Record<AlgorithmName, Algorithm>> = {
  'gradient-boosting': gradientBoosting,
  'logistic-regression': logisticRegression,
  constant: constantModel,
};

export interface TrainingSpec {
  readonly algorithm: string;
  readonly hyperparameters?: Readonly<Record<string, unknown>>;
}

/** How to train a model like this one on other rows without validation: as many iterations as it came to. */
export function refitSpec({ algorithm, hyperparameters, iterations }: TrainedModel): TrainingSpec {
  const settled = algorithm === 'gradient-boosting' ? { iterations, earlyStoppingRounds: 0 } : {};
  return { algorithm, hyperparameters: { ...hyperparameters, ...settled } };
}

/**
 * Trains a model. Rejects with `invalid_argument` (unknown algorithm or hyperparameter, labels), `invalid_shape`, or
 * the signal's reason; given equal arguments, the model's bytes are equal, whatever the number of threads.
 */
export async function trainModel(
  spec: TrainingSpec,
  data: LabelledMatrix,
  options: TrainingOptions,
): Promise<TrainedModel> {
  const name = algorithmNames.find((known) => known === spec.algorithm);
  if (name === undefined)
    throw new MulleError(
      'invalid_argument',
      `There is no algorithm '${spec.algorithm}': use one of ${algorithmNames.join(', ')}.`,
    );
  return algorithms[name].train(spec.hyperparameters ?? {}, data, options);
}
