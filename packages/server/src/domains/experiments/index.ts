export { experimentNumber, ExperimentsService, type Experiment } from './experiments-service.ts';
export { type ExperimentClause, type ExperimentSearch } from './experiment-search.ts';
export { type LoggedDataset, type RunInputs, type RunModel } from './input-store.ts';
export { type DatasetChoice, type ModelMetric } from './logged-model-metrics.ts';
export { type LoggedModelClause, type LoggedModelOrder } from './logged-model-search.ts';
export { LoggedModelsService, type LoggedModel } from './logged-models-service.ts';
export { type MetricPoint } from './metric-store.ts';
export { parseRunFilter, parseRunOrder } from './run-filter.ts';
export { type RunOrder, type RunSearch } from './run-search.ts';
export { type WholeRun } from './run-store.ts';
export { RunImports } from './run-imports.ts';
export { RunOrganiser } from './run-organiser.ts';
export { RunsService } from './runs-service.ts';
export {
  experimentsMigrations,
  type ExperimentsTables,
  type LifecycleStage,
  type LoggedModelStatus,
} from './experiments-tables.ts';
