export { type EvaluationDatasetClause } from './evaluation-dataset-search.ts';
export {
  EvaluationDatasetsService,
  type EvaluationDataset,
  type EvaluationRecord,
} from './evaluation-datasets-service.ts';
export { type RecordContent } from './evaluation-record.ts';
export { evalsMigrations, type EvalsTables } from './evals-tables.ts';
export { ScorersService, type ScorerVersion } from './scorers-service.ts';
