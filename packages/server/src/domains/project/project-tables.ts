import { columnTypes, type Migration } from '#platform/database/index.ts';

export interface ProjectTables {
  manifests: {
    version: number;
    digest: string;
    manifest: string;
    changes: string;
    actor: string;
    created_at_ms: number;
  };
}

export const projectMigrations: readonly Migration[] = [
  {
    name: 'project-1',
    async up(database, dialect) {
      const { text, integer } = columnTypes(dialect);
      await database.schema
        .createTable('manifests')
        .addColumn('version', integer, (column) => column.primaryKey())
        .addColumn('digest', text, (column) => column.notNull())
        .addColumn('manifest', text, (column) => column.notNull())
        .addColumn('changes', text, (column) => column.notNull())
        .addColumn('actor', text, (column) => column.notNull())
        .addColumn('created_at_ms', integer, (column) => column.notNull())
        .execute();
    },
  },
];
