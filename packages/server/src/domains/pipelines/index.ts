export { LeaseService, type Completion, type Heartbeat, type LeaseServiceOptions } from './lease-service.ts';
export { pipelineMigrations, type PipelineTables } from './pipeline-tables.ts';
export { PipelineService, type PipelineServiceOptions, type RunStart } from './pipeline-service.ts';
export { templateReferences } from './templates.ts';
export { TriggerService, type TriggerServiceOptions } from './trigger-service.ts';
