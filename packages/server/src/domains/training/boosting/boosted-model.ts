import type { AlgorithmName, TrainedModel } from '../algorithm.ts';
import { assertFeatures } from '../matrix.ts';
import { treeEnsembleOnnx } from '../onnx/tree-ensemble.ts';
import type { Objective } from './objective.ts';
import { sumTrees, type Tree } from './tree.ts';

/** A sum of trees from `base`: log odds of class 1, or the value itself under squared error. */
export interface BoostedTrees {
  readonly algorithm: AlgorithmName;
  readonly objective: Objective;
  readonly features: readonly string[];
  readonly hyperparameters: Readonly<Record<string, unknown>>;
  readonly base: number;
  readonly trees: readonly Tree[];
}

export function boostedModel(boosted: BoostedTrees): TrainedModel {
  const { algorithm, objective, features, hyperparameters, base, trees } = boosted;
  return {
    algorithm,
    features,
    hyperparameters,
    iterations: trees.length,
    predict(matrix) {
      assertFeatures(matrix, features);
      const scores = sumTrees(trees, matrix.columns, matrix.rows, base);
      return objective === 'log-loss' ? scores.map((score) => 1 / (1 + Math.exp(-score))) : scores;
    },
    toOnnx: () => treeEnsembleOnnx(boosted),
  };
}
