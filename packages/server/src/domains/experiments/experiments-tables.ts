import type { Run } from '@mulle/contract';
import { columnTypes, type Migration } from '#platform/database/index.ts';

/** Tables of experiments. A metric keeps its whole history, and its latest value beside it. */
export interface ExperimentsTables {
  experiments: { name: string; created_at_ms: number };
  runs: {
    id: string;
    experiment: string;
    name: string;
    status: Run['status'];
    cause_id: string | null;
    /** Id of its `run-started` activity: the cause of its end. */
    started_activity_id: string;
    started_at_ms: number;
    ended_at_ms: number | null;
  };
  run_parameters: { run_id: string; key: string; value: string };
  run_tags: { run_id: string; key: string; value: string };
  run_metrics: { run_id: string; key: string; step: number; time_ms: number; value: number };
  run_latest_metrics: { run_id: string; key: string; step: number; time_ms: number; value: number };
}

export const experimentsMigrations: readonly Migration[] = [
  {
    name: 'experiments-1',
    async up(database, dialect) {
      const { text, integer, real } = columnTypes(dialect);
      await database.schema
        .createTable('experiments')
        .addColumn('name', text, (column) => column.primaryKey())
        .addColumn('created_at_ms', integer, (column) => column.notNull())
        .execute();
      await database.schema
        .createTable('runs')
        .addColumn('id', text, (column) => column.primaryKey())
        .addColumn('experiment', text, (column) => column.notNull().references('experiments.name'))
        .addColumn('name', text, (column) => column.notNull())
        .addColumn('status', text, (column) => column.notNull())
        .addColumn('cause_id', text)
        .addColumn('started_activity_id', text, (column) => column.notNull())
        .addColumn('started_at_ms', integer, (column) => column.notNull())
        .addColumn('ended_at_ms', integer)
        .execute();
      await database.schema.createIndex('runs_by_experiment').on('runs').columns(['experiment', 'id']).execute();
      for (const table of ['run_parameters', 'run_tags']) {
        await database.schema
          .createTable(table)
          .addColumn('run_id', text, (column) => column.notNull().references('runs.id'))
          .addColumn('key', text, (column) => column.notNull())
          .addColumn('value', text, (column) => column.notNull())
          .addPrimaryKeyConstraint(`${table}_key`, ['run_id', 'key'])
          .execute();
      }
      const keys = {
        run_metrics: ['run_id', 'key', 'step', 'time_ms', 'value'],
        run_latest_metrics: ['run_id', 'key'],
      } as const;
      for (const [table, columns] of Object.entries(keys)) {
        await database.schema
          .createTable(table)
          .addColumn('run_id', text, (column) => column.notNull().references('runs.id'))
          .addColumn('key', text, (column) => column.notNull())
          .addColumn('step', integer, (column) => column.notNull())
          .addColumn('time_ms', integer, (column) => column.notNull())
          .addColumn('value', real, (column) => column.notNull())
          .addPrimaryKeyConstraint(`${table}_key`, [...columns])
          .execute();
      }
    },
  },
];
