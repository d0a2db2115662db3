export { buildTrainingSet, type TrainingSetFile } from './build-training-set.ts';
export { readTrainingSet, type TrainingSet } from './read-training-set.ts';
export type { TrainingSetDefinition } from './training-set-sql.ts';
