/**
 * Training: built-in algorithms on typed arrays, ONNX as their only product. Pure: no database, no files, no HTTP;
 * callers run it in a child process of their own, since training keeps its thread busy between iterations.
 */
export {
  type Algorithm,
  type AlgorithmName,
  type TrainedModel,
  type TrainingOptions,
  type TrainingProgress,
} from './algorithm.ts';
export { algorithms, refitSpec, trainModel, type TrainingSpec } from './algorithms.ts';
export { evaluateScores, type Evaluation } from './evaluate.ts';
export { featureMatrix, sliceRows, type FeatureMatrix, type LabelledMatrix } from './matrix.ts';
