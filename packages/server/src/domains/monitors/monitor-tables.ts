import type { Severity } from '@mulle/contract';
import { columnTypes, type Migration } from '#platform/database/index.ts';

export interface MonitorTables {
  monitor_windows: {
    /** Grows by one per window: the order of recording. */
    sequence: number;
    monitor: string;
    endpoint: string;
    from_ms: number;
    to_ms: number;
    rows: number;
    /** JSON. */
    metrics: string;
    /** JSON: ids of the findings that it raised or repeated. */
    finding_ids: string;
    created_at_ms: number;
  };
  findings: {
    sequence: number;
    id: string;
    monitor: string;
    endpoint: string | null;
    severity: Severity;
    /** JSON of the whole finding. */
    finding: string;
  };
  /** What a monitor's last window still saw: one row per monitor, kind and subject. */
  finding_episodes: {
    monitor: string;
    kind: string;
    subject: string;
    finding_id: string;
    severity: Severity;
    /** Windows in a row that saw it, the raising one among them. */
    windows: number;
  };
}

export const monitorMigrations: readonly Migration[] = [
  {
    name: 'monitors-1',
    async up(database, dialect) {
      const { text, integer } = columnTypes(dialect);
      const { schema } = database;
      await schema
        .createTable('monitor_windows')
        .addColumn('sequence', integer, (column) => column.primaryKey())
        .addColumn('monitor', text, (column) => column.notNull())
        .addColumn('endpoint', text, (column) => column.notNull())
        .addColumn('from_ms', integer, (column) => column.notNull())
        .addColumn('to_ms', integer, (column) => column.notNull())
        .addColumn('rows', integer, (column) => column.notNull())
        .addColumn('metrics', text, (column) => column.notNull())
        .addColumn('finding_ids', text, (column) => column.notNull())
        .addColumn('created_at_ms', integer, (column) => column.notNull())
        .addUniqueConstraint('monitor_windows_once', ['monitor', 'from_ms', 'to_ms'])
        .execute();
      await schema
        .createTable('findings')
        .addColumn('sequence', integer, (column) => column.primaryKey())
        .addColumn('id', text, (column) => column.notNull().unique())
        .addColumn('monitor', text, (column) => column.notNull())
        .addColumn('endpoint', text)
        .addColumn('severity', text, (column) => column.notNull())
        .addColumn('finding', text, (column) => column.notNull())
        .execute();
      await schema
        .createIndex('monitor_windows_by_monitor')
        .on('monitor_windows')
        .columns(['monitor', 'sequence'])
        .execute();
      for (const column of ['monitor', 'endpoint']) {
        await schema.createIndex(`findings_by_${column}`).on('findings').columns([column, 'sequence']).execute();
      }
      await schema
        .createTable('finding_episodes')
        .addColumn('monitor', text, (column) => column.notNull())
        .addColumn('kind', text, (column) => column.notNull())
        .addColumn('subject', text, (column) => column.notNull())
        .addColumn('finding_id', text, (column) => column.notNull())
        .addColumn('severity', text, (column) => column.notNull())
        .addColumn('windows', integer, (column) => column.notNull())
        .addPrimaryKeyConstraint('finding_episodes_key', ['monitor', 'kind', 'subject'])
        .execute();
    },
  },
];
