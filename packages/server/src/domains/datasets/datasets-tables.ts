import { columnTypes, type Migration } from '#platform/database/index.ts';

/** Tables of datasets. A version names all of its parts and never changes. */
export interface DatasetsTables {
  dataset_versions: {
    dataset: string;
    version: number;
    id: string;
    parent: number | null;
    /** JSON: DatasetPart[], by event time. */
    parts: string;
    rows: number;
    cause_id: string | null;
    created_at_ms: number;
  };
  dataset_quarantine: {
    dataset: string;
    from_ms: number;
    to_ms: number;
    reason: string;
    finding_id: string | null;
    created_at_ms: number;
  };
}

export const datasetsMigrations: readonly Migration[] = [
  {
    name: 'datasets-1',
    async up(database, dialect) {
      const { text, integer } = columnTypes(dialect);
      await database.schema
        .createTable('dataset_versions')
        .addColumn('dataset', text, (column) => column.notNull())
        .addColumn('version', integer, (column) => column.notNull())
        .addColumn('id', text, (column) => column.notNull())
        .addColumn('parent', integer)
        .addColumn('parts', text, (column) => column.notNull())
        .addColumn('rows', integer, (column) => column.notNull())
        .addColumn('cause_id', text)
        .addColumn('created_at_ms', integer, (column) => column.notNull())
        .addPrimaryKeyConstraint('dataset_versions_key', ['dataset', 'version'])
        .execute();
      await database.schema
        .createTable('dataset_quarantine')
        .addColumn('dataset', text, (column) => column.notNull())
        .addColumn('from_ms', integer, (column) => column.notNull())
        .addColumn('to_ms', integer, (column) => column.notNull())
        .addColumn('reason', text, (column) => column.notNull())
        .addColumn('finding_id', text)
        .addColumn('created_at_ms', integer, (column) => column.notNull())
        .addPrimaryKeyConstraint('dataset_quarantine_key', ['dataset', 'from_ms'])
        .execute();
    },
  },
];
