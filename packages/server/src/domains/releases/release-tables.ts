import { sql } from 'kysely';
import type { ReleaseState } from '@mulle/contract';
import { columnTypes, type Migration } from '#platform/database/index.ts';

export interface ReleaseTables {
  releases: {
    id: string;
    /** Grows by one per release: the order of lists. */
    sequence: number;
    endpoint: string;
    state: ReleaseState;
    step: number;
    step_started_at_ms: number;
    strategy: string;
    readings: string;
    reason: string;
    actor: string;
    cause_id: string | null;
    /** The promoted release that this one tries to replace, or replaced. */
    previous_id: string | null;
    /** Id of its `release-started` event: the cause of what follows from it. */
    started_event_id: string;
    /** Number of its last change among those of all releases that may move weights. */
    epoch: number;
    created_at_ms: number;
    updated_at_ms: number;
    /** When it was promoted, whatever became of it since; null when it never was. */
    promoted_at_ms: number | null;
    ended_at_ms: number | null;
    /** The group that was promoted, where there were several. */
    winner: string | null;
    /** JSON; how a release that learns divides its traffic. */
    allocation: string | null;
    /** JSON; overrides, its time, and who approved. */
    terms: string | null;
  };
  release_evidence: {
    release_id: string;
    at_ms: number;
    step: number;
    /** 1: decided on, so never thinned. */
    is_kept: number;
    /** Figures by key of the series. */
    figures: string;
  };
  release_series: {
    release_id: string;
    key: string;
    gate: string;
    arm: string | null;
  };
}

export const releaseMigrations: readonly Migration[] = [
  {
    name: 'releases-1',
    async up(database, dialect) {
      const { text, integer } = columnTypes(dialect);
      await database.schema
        .createTable('releases')
        .addColumn('id', text, (column) => column.primaryKey())
        .addColumn('sequence', integer, (column) => column.notNull().unique())
        .addColumn('endpoint', text, (column) => column.notNull())
        .addColumn('state', text, (column) => column.notNull())
        .addColumn('step', integer, (column) => column.notNull())
        .addColumn('step_started_at_ms', integer, (column) => column.notNull())
        .addColumn('strategy', text, (column) => column.notNull())
        .addColumn('readings', text, (column) => column.notNull())
        .addColumn('reason', text, (column) => column.notNull())
        .addColumn('actor', text, (column) => column.notNull())
        .addColumn('cause_id', text)
        .addColumn('previous_id', text)
        .addColumn('started_event_id', text, (column) => column.notNull())
        .addColumn('epoch', integer, (column) => column.notNull())
        .addColumn('created_at_ms', integer, (column) => column.notNull())
        .addColumn('updated_at_ms', integer, (column) => column.notNull())
        .addColumn('promoted_at_ms', integer)
        .addColumn('ended_at_ms', integer)
        .execute();
      await database.schema
        .createIndex('releases_by_endpoint')
        .on('releases')
        .columns(['endpoint', 'sequence'])
        .execute();
      // An endpoint has one promoted release and one contender, whatever the program does.
      await database.schema
        .createIndex('releases_one_promoted')
        .unique()
        .on('releases')
        .column('endpoint')
        .where(sql.ref('state'), '=', 'promoted')
        .execute();
      await database.schema
        .createIndex('releases_one_contender')
        .unique()
        .on('releases')
        .column('endpoint')
        .where(sql.ref('state'), 'in', ['running', 'paused'])
        .execute();
    },
  },
  {
    name: 'releases-2',
    async up(database, dialect) {
      // A reason is JSON from here on: a person's text, or the platform's own in both languages.
      const reason = sql.ref('reason');
      const json = dialect === 'sqlite' ? sql`json_quote(${reason})` : sql`to_json(${reason})::text`;
      await sql`update ${sql.table('releases')} set ${reason} = ${json}`.execute(database);
    },
  },
  {
    name: 'releases-3',
    async up(database, dialect) {
      const { text, integer } = columnTypes(dialect);
      await database.schema
        .createTable('release_evidence')
        .addColumn('release_id', text, (column) => column.notNull())
        .addColumn('at_ms', integer, (column) => column.notNull())
        .addColumn('step', integer, (column) => column.notNull())
        .addColumn('is_kept', integer, (column) => column.notNull())
        .addColumn('figures', text, (column) => column.notNull())
        .addPrimaryKeyConstraint('release_evidence_key', ['release_id', 'at_ms'])
        .execute();
      await database.schema
        .createTable('release_series')
        .addColumn('release_id', text, (column) => column.notNull())
        .addColumn('key', text, (column) => column.notNull())
        .addColumn('gate', text, (column) => column.notNull())
        .addColumn('arm', text)
        .addPrimaryKeyConstraint('release_series_key', ['release_id', 'key'])
        .execute();
    },
  },
  {
    name: 'releases-4',
    async up(database, dialect) {
      const { text } = columnTypes(dialect);
      for (const column of ['winner', 'allocation']) {
        await database.schema.alterTable('releases').addColumn(column, text).execute();
      }
    },
  },
  {
    name: 'releases-5',
    async up(database, dialect) {
      const { text } = columnTypes(dialect);
      await database.schema.alterTable('releases').addColumn('terms', text).execute();
      await database.schema.dropIndex('releases_one_contender').execute();
      await database.schema
        .createIndex('releases_one_contender')
        .unique()
        .on('releases')
        .column('endpoint')
        .where(sql.ref('state'), 'in', ['pending', 'running', 'paused'])
        .execute();
    },
  },
];
