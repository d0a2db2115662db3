export { lineageCheck } from './lineage-check.ts';
export {
  RegistryService,
  type AliasMove,
  type ModelSummary,
  type NewModelVersion,
  type RegistryOptions,
} from './registry-service.ts';
export { registryMigrations, type RegistryTables } from './registry-tables.ts';
