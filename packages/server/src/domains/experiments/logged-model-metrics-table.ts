import { columnTypes, type Migration } from '#platform/database/index.ts';

/** NaN is 0 with `is_nan` 1, as among the metrics of runs. */
export interface LoggedModelMetricColumns {
  model_id: string;
  run_id: string;
  key: string;
  step: number;
  time_ms: number;
  value: number;
  is_nan: number;
  dataset_name: string | null;
  dataset_digest: string | null;
}

export const loggedModelMetricsMigration: Migration = {
  name: 'logged-model-metrics-1',
  async up(database, dialect) {
    const { text, integer, real } = columnTypes(dialect);
    await database.schema
      .createTable('logged_model_metrics')
      .addColumn('model_id', text, (column) => column.notNull())
      .addColumn('key', text, (column) => column.notNull())
      .addColumn('time_ms', integer, (column) => column.notNull())
      .addColumn('step', integer, (column) => column.notNull())
      .addColumn('run_id', text, (column) => column.notNull())
      .addColumn('value', real, (column) => column.notNull())
      .addColumn('is_nan', integer, (column) => column.notNull())
      .addColumn('dataset_name', text)
      .addColumn('dataset_digest', text)
      .addPrimaryKeyConstraint('logged_model_metrics_key', ['model_id', 'key', 'time_ms', 'step', 'run_id'])
      .execute();
  },
};
