export { endpointsServing } from './models-in-use.ts';
export { EvidenceService } from './evidence-service.ts';
export { exampleModels } from './example-models.ts';
export { ReleaseService, type Conclude, type Deploy, type ReleaseServiceOptions } from './release-service.ts';
export type { ReleaseFilter, ReleaseRecord } from './release-store.ts';
export { versionMisfit } from './version-misfit.ts';
export { releaseMigrations, type ReleaseTables } from './release-tables.ts';
