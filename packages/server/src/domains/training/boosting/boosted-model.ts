import type { TrainedModel } from '../algorithm.ts';
import { assertFeatures } from '../matrix.ts';
import { treeEnsembleOnnx } from '../onnx/tree-ensemble.ts';
import { sumTrees, type BoostedTrees } from './tree.ts';

export function boostedModel(
  boosted: BoostedTrees,
  made: Pick<TrainedModel, 'algorithm' | 'hyperparameters'>,
): TrainedModel {
  const { objective, features, base, trees } = boosted;
  return {
    ...made,
    features,
    iterations: trees.length,
    predict(matrix) {
      assertFeatures(matrix, features);
      const scores = sumTrees(trees, matrix.columns, matrix.rows, base);
      return objective === 'log-loss' ? scores.map((score) => 1 / (1 + Math.exp(-score))) : scores;
    },
    toOnnx: () => treeEnsembleOnnx(boosted),
  };
}
