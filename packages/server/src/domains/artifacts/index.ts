export { treePath } from './artifact-address.ts';
export { ArtifactsService, type ArtifactEntry } from './artifacts-service.ts';
export { BlobSweep } from './blob-sweep.ts';
export { SweepSchedule } from './sweep-schedule.ts';
export { artifactsMigrations, type ArtifactsTables } from './artifacts-tables.ts';
export { contentTypeOf } from './content-type.ts';
