import { sql } from 'kysely';
import type { Run } from '@mulle/contract';
import { columnTypes, type Migration } from '#platform/database/index.ts';
import { loggedModelMetricsMigration, type LoggedModelMetricColumns } from './logged-model-metrics-table.ts';

export type LifecycleStage = 'active' | 'deleted';
export type LoggedModelStatus = 'pending' | 'ready' | 'failed';

/** A point of a metric's history. NaN is 0 with `is_nan` 1, for neither database orders it as a number. */
interface MetricColumns {
  run_id: string;
  key: string;
  step: number;
  time_ms: number;
  value: number;
  is_nan: number;
}

/** Tables of experiments. A metric keeps its whole history, and its latest value beside it. */
export interface ExperimentsTables {
  experiments: {
    id: number;
    name: string;
    artifact_location: string;
    lifecycle_stage: LifecycleStage;
    created_at_ms: number;
    updated_at_ms: number;
  };
  experiment_tags: { experiment_id: number; key: string; value: string };
  runs: {
    id: string;
    experiment_id: number;
    name: string;
    status: Run['status'];
    lifecycle_stage: LifecycleStage;
    user_id: string;
    artifact_uri: string;
    cause_id: string | null;
    /** Id of its `run-started` activity: the cause of its end. */
    started_activity_id: string;
    started_at_ms: number;
    ended_at_ms: number | null;
    /** Who stopped it from outside, and when; it takes nothing more until somebody takes it up again. */
    stopped_by: string | null;
    stopped_at_ms: number | null;
  };
  run_parameters: { run_id: string; key: string; value: string };
  run_tags: { run_id: string; key: string; value: string };
  run_metrics: MetricColumns;
  /** Beside the latest point, what the whole history comes to; extremes are null where no point is a number. */
  run_latest_metrics: MetricColumns & { points: number; min_value: number | null; max_value: number | null };
  /** Datasets as their users name them, by experiment, name and digest. */
  logged_datasets: {
    id: string;
    experiment_id: number;
    name: string;
    digest: string;
    source_type: string;
    source: string;
    schema: string | null;
    profile: string | null;
  };
  /** `tags`: JSON. */
  run_inputs: { run_id: string; dataset_id: string; context: string | null; tags: string };
  /** Models that a client logged: files below `artifact_location`, and what is known of them. */
  logged_models: {
    id: string;
    experiment_id: number;
    name: string;
    artifact_location: string;
    status: LoggedModelStatus;
    status_message: string | null;
    model_type: string | null;
    source_run_id: string | null;
    lifecycle_stage: LifecycleStage;
    created_at_ms: number;
    updated_at_ms: number;
  };
  logged_model_parameters: { model_id: string; key: string; value: string };
  logged_model_tags: { model_id: string; key: string; value: string };
  logged_model_metrics: LoggedModelMetricColumns;
  run_models: { run_id: string; model_id: string; direction: 'input' | 'output'; step: number };
}

/** The experiment that runs belong to when nobody names one. */
export const defaultExperimentId = 0;
export const defaultExperimentName = 'Default';

export const experimentsMigrations: readonly Migration[] = [
  {
    name: 'experiments-2',
    async up(database, dialect) {
      const { text, integer, real } = columnTypes(dialect);
      await database.schema
        .createTable('experiments')
        .addColumn('id', integer, (column) => column.primaryKey())
        .addColumn('name', text, (column) => column.notNull().unique())
        .addColumn('artifact_location', text, (column) => column.notNull())
        .addColumn('lifecycle_stage', text, (column) => column.notNull())
        .addColumn('created_at_ms', integer, (column) => column.notNull())
        .addColumn('updated_at_ms', integer, (column) => column.notNull())
        .execute();
      await database
        .insertInto('experiments')
        .values({
          id: defaultExperimentId,
          name: defaultExperimentName,
          artifact_location: `mlflow-artifacts:/${defaultExperimentId}`,
          lifecycle_stage: 'active',
          created_at_ms: 0,
          updated_at_ms: 0,
        })
        .execute();
      await database.schema
        .createTable('runs')
        .addColumn('id', text, (column) => column.primaryKey())
        .addColumn('experiment_id', integer, (column) => column.notNull().references('experiments.id'))
        .addColumn('name', text, (column) => column.notNull())
        .addColumn('status', text, (column) => column.notNull())
        .addColumn('lifecycle_stage', text, (column) => column.notNull())
        .addColumn('user_id', text, (column) => column.notNull())
        .addColumn('artifact_uri', text, (column) => column.notNull())
        .addColumn('cause_id', text)
        .addColumn('started_activity_id', text, (column) => column.notNull())
        .addColumn('started_at_ms', integer, (column) => column.notNull())
        .addColumn('ended_at_ms', integer)
        .execute();
      await database.schema
        .createIndex('runs_by_experiment')
        .on('runs')
        .columns(['experiment_id', 'lifecycle_stage', 'started_at_ms', 'id'])
        .execute();
      await createTextTables(database, dialect);
      const keys = {
        run_metrics: ['run_id', 'key', 'step', 'time_ms', 'value', 'is_nan'],
        run_latest_metrics: ['run_id', 'key'],
      } as const;
      for (const [table, columns] of Object.entries(keys)) {
        await database.schema
          .createTable(table)
          .addColumn('run_id', text, (column) => column.notNull())
          .addColumn('key', text, (column) => column.notNull())
          .addColumn('step', integer, (column) => column.notNull())
          .addColumn('time_ms', integer, (column) => column.notNull())
          .addColumn('value', real, (column) => column.notNull())
          .addColumn('is_nan', integer, (column) => column.notNull())
          .addPrimaryKeyConstraint(`${table}_key`, [...columns])
          .execute();
      }
      await createInputTables(database, dialect);
    },
  },
  loggedModelMetricsMigration,
  {
    name: 'experiments-4',
    async up(database, dialect) {
      const { text, integer, real } = columnTypes(dialect);
      await database.schema.alterTable('runs').addColumn('stopped_by', text).execute();
      await database.schema.alterTable('runs').addColumn('stopped_at_ms', integer).execute();
      const latest = () => database.schema.alterTable('run_latest_metrics');
      await latest()
        .addColumn('points', integer, (column) => column.notNull().defaultTo(0))
        .execute();
      await latest().addColumn('min_value', real).execute();
      await latest().addColumn('max_value', real).execute();
      const history = sql`from run_metrics h where h.run_id = run_latest_metrics.run_id and h.key = run_latest_metrics.key`;
      const number = sql`case when h.is_nan = 0 then h.value end`;
      await sql`update run_latest_metrics set points = (select count(*) ${history}),
        min_value = (select min(${number}) ${history}), max_value = (select max(${number}) ${history})`.execute(
        database,
      );
    },
  },
];

/** Tables of a key and a text, by what they belong to. */
const createTextTables: Migration['up'] = async (database, dialect) => {
  const { text, integer } = columnTypes(dialect);
  const named = [
    ['experiment_tags', 'experiment_id', integer],
    ['run_parameters', 'run_id', text],
    ['run_tags', 'run_id', text],
    ['logged_model_parameters', 'model_id', text],
    ['logged_model_tags', 'model_id', text],
  ] as const;
  for (const [table, owner, type] of named) {
    await database.schema
      .createTable(table)
      .addColumn(owner, type, (column) => column.notNull())
      .addColumn('key', text, (column) => column.notNull())
      .addColumn('value', text, (column) => column.notNull())
      .addPrimaryKeyConstraint(`${table}_key`, [owner, 'key'])
      .execute();
  }
};

const createInputTables: Migration['up'] = async (database, dialect) => {
  const { text, integer } = columnTypes(dialect);
  await database.schema
    .createTable('logged_datasets')
    .addColumn('id', text, (column) => column.primaryKey())
    .addColumn('experiment_id', integer, (column) => column.notNull())
    .addColumn('name', text, (column) => column.notNull())
    .addColumn('digest', text, (column) => column.notNull())
    .addColumn('source_type', text, (column) => column.notNull())
    .addColumn('source', text, (column) => column.notNull())
    .addColumn('schema', text)
    .addColumn('profile', text)
    .addUniqueConstraint('logged_datasets_key', ['experiment_id', 'name', 'digest'])
    .execute();
  await database.schema
    .createTable('run_inputs')
    .addColumn('run_id', text, (column) => column.notNull())
    .addColumn('dataset_id', text, (column) => column.notNull())
    .addColumn('context', text)
    .addColumn('tags', text, (column) => column.notNull())
    .addPrimaryKeyConstraint('run_inputs_key', ['run_id', 'dataset_id'])
    .execute();
  await database.schema
    .createTable('logged_models')
    .addColumn('id', text, (column) => column.primaryKey())
    .addColumn('experiment_id', integer, (column) => column.notNull())
    .addColumn('name', text, (column) => column.notNull())
    .addColumn('artifact_location', text, (column) => column.notNull())
    .addColumn('status', text, (column) => column.notNull())
    .addColumn('status_message', text)
    .addColumn('model_type', text)
    .addColumn('source_run_id', text)
    .addColumn('lifecycle_stage', text, (column) => column.notNull())
    .addColumn('created_at_ms', integer, (column) => column.notNull())
    .addColumn('updated_at_ms', integer, (column) => column.notNull())
    .execute();
  await database.schema
    .createIndex('logged_models_by_experiment')
    .on('logged_models')
    .columns(['experiment_id', 'lifecycle_stage', 'created_at_ms', 'id'])
    .execute();
  await database.schema
    .createTable('run_models')
    .addColumn('run_id', text, (column) => column.notNull())
    .addColumn('model_id', text, (column) => column.notNull())
    .addColumn('direction', text, (column) => column.notNull())
    .addColumn('step', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('run_models_key', ['run_id', 'model_id', 'direction'])
    .execute();
};
