import { Type } from 'typebox';
import type { Algorithm } from './algorithm.ts';
import { boostedModel } from './boosting/boosted-model.ts';
import { parseHyperparameters } from './hyperparameters.ts';
import { assertLabelled, meanLabel } from './matrix.ts';
import { singleLeaf } from './onnx/tree-ensemble.ts';

const ConstantHyperparameters = Type.Object(
  {
    /** Probability of class 1 for every row; the base rate of the training rows where it is not given. */
    score: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  },
  { additionalProperties: false },
);

/** The baseline that every model must beat: one probability for all rows. */
export const constantModel: Algorithm = {
  name: 'constant',
  hyperparameters: ConstantHyperparameters,
  async train(given, data) {
    const parameters = parseHyperparameters('constant', ConstantHyperparameters, given);
    assertLabelled(data, true);
    const score = Math.min(Math.max(parameters.score ?? meanLabel(data), 1e-15), 1 - 1e-15);
    const trees = [singleLeaf(Math.log(score / (1 - score)))];
    return boostedModel(
      { objective: 'log-loss', features: data.features.names, base: 0, trees },
      { algorithm: 'constant', hyperparameters: parameters },
    );
  },
};
