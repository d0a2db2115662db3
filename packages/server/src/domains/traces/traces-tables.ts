import type { CreateTableBuilder } from 'kysely';
import type { Assessment, Span, Trace } from '@mulle/contract';
import { columnTypes, type DatabaseDialect, type Migration, type MigrationDatabase } from '#platform/database/index.ts';

/**
 * Tables of traces. A span is a row whose searched columns stand beside the rest of it as JSON; tags, metadata and
 * assessments change after the spans have come. Deleting a trace takes all of them with it.
 */
export interface TracesTables {
  traces: {
    id: string;
    experiment_id: string;
    name: string | null;
    state: Trace['state'];
    started_at_ms: number;
    duration_ms: number | null;
    client_request_id: string | null;
    request_preview: string | null;
    response_preview: string | null;
    session_id: string | null;
    user_id: string | null;
    /** 1 once a client has told the trace as a whole: spans that come later change none of it. */
    finalized: number;
    spans: number;
  };
  trace_tags: { trace_id: string; key: string; value: string };
  trace_metadata: { trace_id: string; key: string; value: string };
  /** Runs that a trace was linked to beside the one it was made in. */
  trace_runs: { trace_id: string; run_id: string };
  spans: {
    trace_id: string;
    id: string;
    parent_id: string | null;
    name: string;
    type: string;
    status: Span['status'];
    start_us: number;
    duration_us: number | null;
    input_tokens: number | null;
    output_tokens: number | null;
    /** JSON: `SpanContent`. */
    content: string;
  };
  assessments: {
    id: string;
    trace_id: string;
    span_id: string | null;
    name: string;
    kind: Assessment['kind'];
    /** JSON. */
    value: string;
    /** JSON or null. */
    error: string | null;
    rationale: string | null;
    source_type: string;
    source_id: string | null;
    run_id: string | null;
    /** JSON. */
    metadata: string;
    overrides: string | null;
    valid: number;
    created_at_ms: number;
    updated_at_ms: number;
  };
}

type Table = CreateTableBuilder<string, 'trace_id'>;

async function createSpans({ schema }: MigrationDatabase, dialect: DatabaseDialect, table: Table): Promise<void> {
  const { text, integer } = columnTypes(dialect);
  await table
    .addColumn('id', text, (column) => column.notNull())
    .addColumn('parent_id', text)
    .addColumn('name', text, (column) => column.notNull())
    .addColumn('type', text, (column) => column.notNull())
    .addColumn('status', text, (column) => column.notNull())
    .addColumn('start_us', integer, (column) => column.notNull())
    .addColumn('duration_us', integer)
    .addColumn('input_tokens', integer)
    .addColumn('output_tokens', integer)
    .addColumn('content', text, (column) => column.notNull())
    .addPrimaryKeyConstraint('spans_key', ['trace_id', 'id'])
    .execute();
  await schema.createIndex('spans_by_start').on('spans').columns(['trace_id', 'start_us', 'id']).execute();
}

async function createAssessments({ schema }: MigrationDatabase, dialect: DatabaseDialect, table: Table): Promise<void> {
  const { text, integer } = columnTypes(dialect);
  await table
    .addColumn('id', text, (column) => column.primaryKey())
    .addColumn('span_id', text)
    .addColumn('name', text, (column) => column.notNull())
    .addColumn('kind', text, (column) => column.notNull())
    .addColumn('value', text, (column) => column.notNull())
    .addColumn('error', text)
    .addColumn('rationale', text)
    .addColumn('source_type', text, (column) => column.notNull())
    .addColumn('source_id', text)
    .addColumn('run_id', text)
    .addColumn('metadata', text, (column) => column.notNull())
    .addColumn('overrides', text)
    .addColumn('valid', integer, (column) => column.notNull())
    .addColumn('created_at_ms', integer, (column) => column.notNull())
    .addColumn('updated_at_ms', integer, (column) => column.notNull())
    .execute();
  await schema.createIndex('assessments_by_trace').on('assessments').columns(['trace_id', 'created_at_ms']).execute();
}

export const tracesMigrations: readonly Migration[] = [
  {
    name: 'traces-1',
    async up(database, dialect) {
      const { text, integer } = columnTypes(dialect);
      const { schema } = database;
      await schema
        .createTable('traces')
        .addColumn('id', text, (column) => column.primaryKey())
        .addColumn('experiment_id', text, (column) => column.notNull())
        .addColumn('name', text)
        .addColumn('state', text, (column) => column.notNull())
        .addColumn('started_at_ms', integer, (column) => column.notNull())
        .addColumn('duration_ms', integer)
        .addColumn('client_request_id', text)
        .addColumn('request_preview', text)
        .addColumn('response_preview', text)
        .addColumn('session_id', text)
        .addColumn('user_id', text)
        .addColumn('finalized', integer, (column) => column.notNull())
        .addColumn('spans', integer, (column) => column.notNull())
        .execute();
      const orders = { experiment: ['experiment_id'], session: ['session_id'], time: [] };
      for (const [name, columns] of Object.entries(orders)) {
        const index = schema.createIndex(`traces_by_${name}`).on('traces');
        await index.columns([...columns, 'started_at_ms', 'id']).execute();
      }
      const ofTrace = (table: string) =>
        schema
          .createTable(table)
          .addColumn('trace_id', text, (column) => column.notNull().references('traces.id').onDelete('cascade'));
      for (const table of ['trace_tags', 'trace_metadata']) {
        await ofTrace(table)
          .addColumn('key', text, (column) => column.notNull())
          .addColumn('value', text, (column) => column.notNull())
          .addPrimaryKeyConstraint(`${table}_key`, ['trace_id', 'key'])
          .execute();
      }
      await ofTrace('trace_runs')
        .addColumn('run_id', text, (column) => column.notNull())
        .addPrimaryKeyConstraint('trace_runs_key', ['trace_id', 'run_id'])
        .execute();
      await schema.createIndex('trace_runs_by_run').on('trace_runs').columns(['run_id', 'trace_id']).execute();
      await createSpans(database, dialect, ofTrace('spans'));
      await createAssessments(database, dialect, ofTrace('assessments'));
    },
  },
];
