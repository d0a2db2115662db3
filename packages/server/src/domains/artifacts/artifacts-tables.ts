import { columnTypes, type Migration } from '#platform/database/index.ts';

/** Named files whose bytes are blobs. A path is what callers know; folders are what its slashes make of it. */
export interface ArtifactsTables {
  artifacts: { path: string; digest: string; bytes: number; created_at_ms: number };
}

export const artifactsMigrations: readonly Migration[] = [
  {
    name: 'artifacts-1',
    async up(database, dialect) {
      const { text, integer } = columnTypes(dialect);
      await database.schema
        .createTable('artifacts')
        .addColumn('path', text, (column) => column.primaryKey())
        .addColumn('digest', text, (column) => column.notNull())
        .addColumn('bytes', integer, (column) => column.notNull())
        .addColumn('created_at_ms', integer, (column) => column.notNull())
        .execute();
    },
  },
];
