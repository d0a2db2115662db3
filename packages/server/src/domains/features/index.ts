export { buildTrainingSet, type TrainingSetFile } from './build-training-set.ts';
export { readTrainingSet, type TrainingSet } from './read-training-set.ts';
export { trainingSetSql, type DatasetFiles, type TrainingSetDefinition } from './training-set-sql.ts';
