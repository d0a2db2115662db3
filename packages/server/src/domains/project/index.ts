export { sourcePath } from './confine-path.ts';
export { contextFields } from './check-serving.ts';
export { featureNames } from './feature-names.ts';
export { exampleManifest } from './example-manifest.ts';
export { ManifestService, type ManifestFollower, type ManifestServiceOptions } from './manifest-service.ts';
export type { ManifestProblem, Problems } from './problems.ts';
export { projectMigrations, type ProjectTables } from './project-tables.ts';
