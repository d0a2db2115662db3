import type { LogLine, PipelineRun, TaskState } from '@mulle/contract';
import { columnTypes, type Migration } from '#platform/database/index.ts';

export type LeaseState = 'live' | 'done' | 'lost' | 'cancelled';

export interface PipelineTables {
  pipeline_runs: {
    id: string;
    /** Grows by one per run: the order of lists and of leasing. */
    sequence: number;
    pipeline: string;
    state: PipelineRun['state'];
    /** 1 while it waits for an earlier run of its pipeline to end. */
    queued: number;
    parameters: string;
    started_by: string;
    /** The pipeline as it was when the run was made. */
    definition: string;
    code_digest: string | null;
    cause_id: string | null;
    /** Id of its last `pipeline-run-started` event: the cause of its tasks. Null while queued. */
    started_event_id: string | null;
    created_at_ms: number;
    ended_at_ms: number | null;
  };
  task_runs: {
    run_id: string;
    name: string;
    ordinal: number;
    state: TaskState;
    attempt: number;
    failures: number;
    losses: number;
    cached: number;
    progress: number | null;
    outputs: string;
    error: string | null;
    ready_at_ms: number;
    started_at_ms: number | null;
    ended_at_ms: number | null;
    /** Digest of kind, resolved options and code; null where the task is not cached. */
    inputs_digest: string | null;
    /** Id of the `task-started` event of its last attempt. */
    event_id: string | null;
  };
  task_leases: {
    id: string;
    run_id: string;
    task: string;
    worker: string;
    state: LeaseState;
    expires_at_ms: number;
    /** When the attempt is over its time. */
    deadline_at_ms: number;
  };
  pipeline_logs: {
    run_id: string;
    sequence: number;
    time_ms: number;
    task: string;
    level: LogLine['level'];
    message: string;
  };
  trigger_states: {
    name: string;
    fired_at_ms: number | null;
    /** Last boundary of event time that was met, whether or not it started anything. */
    boundary_ms: number | null;
    /** Last due time of a cron trigger that was met. */
    due_ms: number | null;
    /** The finding that it fired for last. */
    finding_id: string | null;
  };
  watermarks: { endpoint: string; event_time_ms: number };
}

export const pipelineMigrations: readonly Migration[] = [
  {
    name: 'pipelines-1',
    async up(database, dialect) {
      const { text, integer, real } = columnTypes(dialect);
      const { schema } = database;
      await schema
        .createTable('pipeline_runs')
        .addColumn('id', text, (column) => column.primaryKey())
        .addColumn('sequence', integer, (column) => column.notNull().unique())
        .addColumn('pipeline', text, (column) => column.notNull())
        .addColumn('state', text, (column) => column.notNull())
        .addColumn('queued', integer, (column) => column.notNull())
        .addColumn('parameters', text, (column) => column.notNull())
        .addColumn('started_by', text, (column) => column.notNull())
        .addColumn('definition', text, (column) => column.notNull())
        .addColumn('code_digest', text)
        .addColumn('cause_id', text)
        .addColumn('started_event_id', text)
        .addColumn('created_at_ms', integer, (column) => column.notNull())
        .addColumn('ended_at_ms', integer)
        .execute();
      await schema
        .createIndex('pipeline_runs_by_pipeline')
        .on('pipeline_runs')
        .columns(['pipeline', 'sequence'])
        .execute();
      await schema.createIndex('pipeline_runs_by_state').on('pipeline_runs').columns(['state', 'sequence']).execute();
      await schema
        .createTable('task_runs')
        .addColumn('run_id', text, (column) => column.notNull())
        .addColumn('name', text, (column) => column.notNull())
        .addColumn('ordinal', integer, (column) => column.notNull())
        .addColumn('state', text, (column) => column.notNull())
        .addColumn('attempt', integer, (column) => column.notNull())
        .addColumn('failures', integer, (column) => column.notNull())
        .addColumn('losses', integer, (column) => column.notNull())
        .addColumn('cached', integer, (column) => column.notNull())
        .addColumn('progress', real)
        .addColumn('outputs', text, (column) => column.notNull())
        .addColumn('error', text)
        .addColumn('ready_at_ms', integer, (column) => column.notNull())
        .addColumn('started_at_ms', integer)
        .addColumn('ended_at_ms', integer)
        .addColumn('inputs_digest', text)
        .addColumn('event_id', text)
        .addPrimaryKeyConstraint('task_runs_key', ['run_id', 'name'])
        .execute();
      await schema.createIndex('task_runs_by_state').on('task_runs').columns(['state', 'ready_at_ms']).execute();
      await schema.createIndex('task_runs_by_inputs').on('task_runs').column('inputs_digest').execute();
      await schema
        .createTable('task_leases')
        .addColumn('id', text, (column) => column.primaryKey())
        .addColumn('run_id', text, (column) => column.notNull())
        .addColumn('task', text, (column) => column.notNull())
        .addColumn('worker', text, (column) => column.notNull())
        .addColumn('state', text, (column) => column.notNull())
        .addColumn('expires_at_ms', integer, (column) => column.notNull())
        .addColumn('deadline_at_ms', integer, (column) => column.notNull())
        .execute();
      await schema.createIndex('task_leases_by_state').on('task_leases').column('state').execute();
      await schema.createIndex('task_leases_by_run').on('task_leases').column('run_id').execute();
    },
  },
  {
    name: 'pipelines-2',
    async up(database, dialect) {
      const { text, integer } = columnTypes(dialect);
      const { schema } = database;
      await schema
        .createTable('pipeline_logs')
        .addColumn('run_id', text, (column) => column.notNull())
        .addColumn('sequence', integer, (column) => column.notNull())
        .addColumn('time_ms', integer, (column) => column.notNull())
        .addColumn('task', text, (column) => column.notNull())
        .addColumn('level', text, (column) => column.notNull())
        .addColumn('message', text, (column) => column.notNull())
        .addPrimaryKeyConstraint('pipeline_logs_key', ['run_id', 'sequence'])
        .execute();
      await schema
        .createTable('trigger_states')
        .addColumn('name', text, (column) => column.primaryKey())
        .addColumn('fired_at_ms', integer)
        .addColumn('boundary_ms', integer)
        .addColumn('due_ms', integer)
        .addColumn('finding_id', text)
        .execute();
      await schema
        .createTable('watermarks')
        .addColumn('endpoint', text, (column) => column.primaryKey())
        .addColumn('event_time_ms', integer, (column) => column.notNull())
        .execute();
    },
  },
];
