export { ArtifactsService, type ArtifactEntry } from './artifacts-service.ts';
export { artifactsMigrations, type ArtifactsTables } from './artifacts-tables.ts';
