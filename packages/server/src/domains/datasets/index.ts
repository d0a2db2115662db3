export {
  DatasetsService,
  type DatasetsOptions,
  type DatasetSummary,
  type NewDatasetVersion,
  type NewQuarantine,
} from './datasets-service.ts';
export { datasetsMigrations, type DatasetsTables } from './datasets-tables.ts';
