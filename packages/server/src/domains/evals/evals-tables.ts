import { columnTypes, type Migration } from '#platform/database/index.ts';

/** What evaluations are made of: datasets of examples, and scorers in their versions. */
export interface EvalsTables {
  evaluation_datasets: {
    id: string;
    name: string;
    digest: string;
    /** JSON: the type of each field that a record has had; null before the first record. */
    schema: string | null;
    created_at_ms: number;
    updated_at_ms: number;
    created_by: string | null;
    updated_by: string | null;
  };
  evaluation_dataset_tags: { dataset_id: string; key: string; value: string };
  evaluation_dataset_experiments: { dataset_id: string; experiment_id: string };
  /** One for each different input of a dataset. `content`: JSON. */
  evaluation_records: {
    id: string;
    dataset_id: string;
    input_digest: string;
    content: string;
    created_at_ms: number;
    updated_at_ms: number;
    created_by: string | null;
    updated_by: string | null;
  };
  scorers: { id: string; experiment_id: string; name: string };
  scorer_versions: { scorer_id: string; version: number; content: string; created_at_ms: number };
}

export const evalsMigrations: readonly Migration[] = [
  {
    name: 'evals-1',
    async up(database, dialect) {
      const { text, integer } = columnTypes(dialect);
      const { schema } = database;
      const stamped = (table: string) =>
        schema
          .createTable(table)
          .addColumn('id', text, (column) => column.primaryKey())
          .addColumn('created_at_ms', integer, (column) => column.notNull())
          .addColumn('updated_at_ms', integer, (column) => column.notNull())
          .addColumn('created_by', text)
          .addColumn('updated_by', text);
      await stamped('evaluation_datasets')
        .addColumn('name', text, (column) => column.notNull())
        .addColumn('digest', text, (column) => column.notNull())
        .addColumn('schema', text)
        .execute();
      const ofDataset = (table: string) =>
        schema
          .createTable(table)
          .addColumn('dataset_id', text, (column) =>
            column.notNull().references('evaluation_datasets.id').onDelete('cascade'),
          );
      await ofDataset('evaluation_dataset_tags')
        .addColumn('key', text, (column) => column.notNull())
        .addColumn('value', text, (column) => column.notNull())
        .addPrimaryKeyConstraint('evaluation_dataset_tags_key', ['dataset_id', 'key'])
        .execute();
      await ofDataset('evaluation_dataset_experiments')
        .addColumn('experiment_id', text, (column) => column.notNull())
        .addPrimaryKeyConstraint('evaluation_dataset_experiments_key', ['dataset_id', 'experiment_id'])
        .execute();
      await stamped('evaluation_records')
        .addColumn('dataset_id', text, (column) =>
          column.notNull().references('evaluation_datasets.id').onDelete('cascade'),
        )
        .addColumn('input_digest', text, (column) => column.notNull())
        .addColumn('content', text, (column) => column.notNull())
        .addUniqueConstraint('evaluation_records_input', ['dataset_id', 'input_digest'])
        .execute();
      await schema
        .createIndex('evaluation_records_by_dataset')
        .on('evaluation_records')
        .columns(['dataset_id', 'created_at_ms', 'id'])
        .execute();
      await schema
        .createTable('scorers')
        .addColumn('id', text, (column) => column.primaryKey())
        .addColumn('experiment_id', text, (column) => column.notNull())
        .addColumn('name', text, (column) => column.notNull())
        .addUniqueConstraint('scorers_name', ['experiment_id', 'name'])
        .execute();
      await schema
        .createTable('scorer_versions')
        .addColumn('scorer_id', text, (column) => column.notNull().references('scorers.id').onDelete('cascade'))
        .addColumn('version', integer, (column) => column.notNull())
        .addColumn('content', text, (column) => column.notNull())
        .addColumn('created_at_ms', integer, (column) => column.notNull())
        .addPrimaryKeyConstraint('scorer_versions_key', ['scorer_id', 'version'])
        .execute();
    },
  },
];
