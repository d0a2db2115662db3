import { sql } from 'kysely';
import type { Approval, ArtifactFormat, ModelStage } from '@mulle/contract';
import { columnTypes, type Migration } from '#platform/database/index.ts';

/** Tables of the registry. A version is never changed; aliases point at versions, approvals speak about them. */
export interface RegistryTables {
  models: { name: string; description: string; created_at_ms: number; updated_at_ms: number };
  model_tags: { model: string; key: string; value: string };
  model_version_tags: { model: string; version: number; key: string; value: string };
  model_versions: {
    model: string;
    version: number;
    artifact_digest: string;
    artifact_bytes: number;
    artifact_format: ArtifactFormat;
    flavor: string | null;
    /** JSON: names in order. */
    features: string;
    /** JSON; null: not told. */
    signature: string | null;
    /** JSON. */
    metrics: string;
    /** JSON. */
    lineage: string;
    description: string;
    source: string | null;
    run_link: string | null;
    stage: ModelStage;
    cause_id: string | null;
    created_at_ms: number;
    updated_at_ms: number;
    /** Deleted: its number is never given again. */
    deleted_at_ms: number | null;
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
  {
    name: 'registry-3',
    async up(database, dialect) {
      const { text, integer } = columnTypes(dialect);
      const { schema } = database;
      await schema
        .alterTable('models')
        .addColumn('description', text, (column) => column.notNull().defaultTo(''))
        .execute();
      const versionColumns = { source: text, run_link: text, deleted_at_ms: integer } as const;
      for (const [name, type] of Object.entries(versionColumns)) {
        await schema.alterTable('model_versions').addColumn(name, type).execute();
      }
      await schema
        .alterTable('model_versions')
        .addColumn('stage', text, (column) => column.notNull().defaultTo('None'))
        .execute();
      for (const table of ['models', 'model_versions']) {
        await schema
          .alterTable(table)
          .addColumn('updated_at_ms', integer, (column) => column.notNull().defaultTo(0))
          .execute();
        await sql`update ${sql.table(table)} set updated_at_ms = created_at_ms`.execute(database);
      }
      await sql`update model_versions set stage = coalesce((select alias from model_aliases a where a.model = model_versions.model
        and a.version = model_versions.version and alias in ('Staging', 'Production', 'Archived') order by alias limit 1), 'None')`.execute(
        database,
      );
      await schema
        .createTable('model_tags')
        .addColumn('model', text, (column) => column.notNull())
        .addColumn('key', text, (column) => column.notNull())
        .addColumn('value', text, (column) => column.notNull())
        .addPrimaryKeyConstraint('model_tags_key', ['model', 'key'])
        .execute();
      await schema
        .createTable('model_version_tags')
        .addColumn('model', text, (column) => column.notNull())
        .addColumn('version', integer, (column) => column.notNull())
        .addColumn('key', text, (column) => column.notNull())
        .addColumn('value', text, (column) => column.notNull())
        .addPrimaryKeyConstraint('model_version_tags_key', ['model', 'version', 'key'])
        .execute();
    },
  },
  {
    name: 'registry-signature',
    async up(database, dialect) {
      await database.schema.alterTable('model_versions').addColumn('signature', columnTypes(dialect).text).execute();
    },
  },
];
