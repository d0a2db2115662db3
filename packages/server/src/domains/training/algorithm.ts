import type { FeatureMatrix, LabelledMatrix } from './matrix.ts';

export const algorithmNames = ['gradient-boosting', 'logistic-regression', 'constant'] as const;
export type AlgorithmName = (typeof algorithmNames)[number];

export interface TrainingProgress {
  /** Iterations done, of at most `of`. */
  readonly iteration: number;
  readonly of: number;
  /** Mean weighted loss (log loss in nats, or squared error). */
  readonly trainLoss: number;
  readonly validationLoss: number | null;
}

export interface TrainingOptions {
  /** Rows that are watched but not learned from; early stopping goes by them. */
  readonly validation?: LabelledMatrix;
  readonly seed: number;
  /** Threads that may compute, this one included (default 1). The model does not depend on it. */
  readonly threads?: number;
  readonly onProgress?: (progress: TrainingProgress) => void;
  /** Looked at between iterations; training then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface TrainedModel {
  readonly algorithm: AlgorithmName;
  /** Names of the columns that `predict` and the ONNX input take, in order. */
  readonly features: readonly string[];
  /** Hyperparameters with their defaults filled in. */
  readonly hyperparameters: Readonly<Record<string, unknown>>;
  readonly iterations: number;
  /** Probability of class 1 for every row; for the squared-error objective the predicted value. */
  predict(matrix: FeatureMatrix): Float64Array;
  /** The model as ONNX bytes: a function of the model alone, the same on every call and machine. */
  toOnnx(): Uint8Array;
}

export interface Algorithm {
  readonly name: AlgorithmName;
  /** JSON Schema of the hyperparameters, all optional, each with its default. */
  readonly hyperparameters: object;
  /** Throws `invalid_argument` naming the hyperparameter that is unknown or out of range. */
  train(
    hyperparameters: Readonly<Record<string, unknown>>,
    data: LabelledMatrix,
    options: TrainingOptions,
  ): Promise<TrainedModel>;
}
