import { columnTypes, type Migration } from '#platform/database/index.ts';

export interface EndpointTables {
  /** The last compiled definitions, one row for each digest that was published in turn. */
  snapshots: { version: number; digest: string; created_at_ms: number };
}

export const endpointMigrations: readonly Migration[] = [
  {
    name: 'endpoints-1',
    async up(database, dialect) {
      const { text, integer } = columnTypes(dialect);
      await database.schema
        .createTable('snapshots')
        .addColumn('version', integer, (column) => column.primaryKey())
        .addColumn('digest', text, (column) => column.notNull())
        .addColumn('created_at_ms', integer, (column) => column.notNull())
        .execute();
    },
  },
];
