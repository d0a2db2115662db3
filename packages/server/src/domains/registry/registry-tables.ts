import type { Approval, ArtifactFormat } from '@mulle/contract';
import { columnTypes, type Migration } from '#platform/database/index.ts';

/** Tables of the registry. A version is never changed; aliases point at versions, approvals speak about them. */
export interface RegistryTables {
  models: { name: string; created_at_ms: number };
  model_versions: {
    model: string;
    version: number;
    artifact_digest: string;
    artifact_bytes: number;
    artifact_format: ArtifactFormat;
    flavor: string | null;
    /** JSON: names in order. */
    features: string;
    /** JSON. */
    metrics: string;
    /** JSON. */
    lineage: string;
    description: string;
    cause_id: string | null;
    created_at_ms: number;
  };
  model_aliases: { model: string; alias: string; version: number; updated_at_ms: number };
  approvals: {
    id: string;
    model: string;
    version: number;
    verdict: Approval['verdict'];
    actor: string;
    reason: string;
    created_at_ms: number;
  };
}

export const registryMigrations: readonly Migration[] = [
  {
    name: 'registry-1',
    async up(database, dialect) {
      const { text, integer } = columnTypes(dialect);
      const versionKey = ['model', 'version'] as const;
      await database.schema
        .createTable('models')
        .addColumn('name', text, (column) => column.primaryKey())
        .addColumn('created_at_ms', integer, (column) => column.notNull())
        .execute();
      await database.schema
        .createTable('model_versions')
        .addColumn('model', text, (column) => column.notNull().references('models.name'))
        .addColumn('version', integer, (column) => column.notNull())
        .addColumn('artifact_digest', text, (column) => column.notNull())
        .addColumn('artifact_bytes', integer, (column) => column.notNull())
        .addColumn('artifact_format', text, (column) => column.notNull())
        .addColumn('features', text, (column) => column.notNull())
        .addColumn('metrics', text, (column) => column.notNull())
        .addColumn('lineage', text, (column) => column.notNull())
        .addColumn('description', text, (column) => column.notNull())
        .addColumn('cause_id', text)
        .addColumn('created_at_ms', integer, (column) => column.notNull())
        .addPrimaryKeyConstraint('model_versions_key', [...versionKey])
        .execute();
      await database.schema
        .createTable('model_aliases')
        .addColumn('model', text, (column) => column.notNull())
        .addColumn('alias', text, (column) => column.notNull())
        .addColumn('version', integer, (column) => column.notNull())
        .addColumn('updated_at_ms', integer, (column) => column.notNull())
        .addPrimaryKeyConstraint('model_aliases_key', ['model', 'alias'])
        .addForeignKeyConstraint('model_aliases_version', [...versionKey], 'model_versions', [...versionKey])
        .execute();
      await database.schema
        .createTable('approvals')
        .addColumn('id', text, (column) => column.primaryKey())
        .addColumn('model', text, (column) => column.notNull())
        .addColumn('version', integer, (column) => column.notNull())
        .addColumn('verdict', text, (column) => column.notNull())
        .addColumn('actor', text, (column) => column.notNull())
        .addColumn('reason', text, (column) => column.notNull())
        .addColumn('created_at_ms', integer, (column) => column.notNull())
        .addForeignKeyConstraint('approvals_version', [...versionKey], 'model_versions', [...versionKey])
        .execute();
      await database.schema
        .createIndex('approvals_by_version')
        .on('approvals')
        .columns([...versionKey, 'id'])
        .execute();
    },
  },
  {
    name: 'registry-2',
    async up(database, dialect) {
      await database.schema.alterTable('model_versions').addColumn('flavor', columnTypes(dialect).text).execute();
    },
  },
];
