export { ExperimentsService, type ExperimentsOptions, type NewRun, type RunLog } from './experiments-service.ts';
export { experimentsMigrations, type ExperimentsTables } from './experiments-tables.ts';
