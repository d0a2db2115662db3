export { columnFields } from './column-fields.ts';
export { lineageCheck } from './lineage-check.ts';
export { LineageService } from './lineage-service.ts';
export { ModelCatalogue, type ModelCatalogueOptions, type RegisteredModel } from './model-catalogue.ts';
export { type RegistryClause, type RegistryOrder, type RegistrySearch } from './registry-search.ts';
export {
  RegistryService,
  type AliasMove,
  type ModelSummary,
  type NewModelVersion,
  type RegistryOptions,
} from './registry-service.ts';
export { registryMigrations, type RegistryTables } from './registry-tables.ts';
export { isStageAlias, stageNamed } from './stage-store.ts';
