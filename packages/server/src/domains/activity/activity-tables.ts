import type { ActivityType } from '@mulle/contract';
import { columnTypes, type Migration } from '#platform/database/index.ts';

/** Tables of activity: the steps of the wheel in the order of their commits, and how far each topic was relayed. */
export interface ActivityTables {
  activity: {
    sequence: number;
    id: string;
    type: ActivityType;
    subject: string;
    cause_id: string | null;
    time_ms: number;
    /** JSON. */
    value: string;
  };
  relay_positions: { topic: string; sequence: number };
}

export const activityMigrations: readonly Migration[] = [
  {
    name: 'activity-1',
    async up(database, dialect) {
      const { text, integer } = columnTypes(dialect);
      await database.schema
        .createTable('activity')
        .addColumn('sequence', integer, (column) => column.primaryKey())
        .addColumn('id', text, (column) => column.notNull().unique())
        .addColumn('type', text, (column) => column.notNull())
        .addColumn('subject', text, (column) => column.notNull())
        .addColumn('cause_id', text)
        .addColumn('time_ms', integer, (column) => column.notNull())
        .addColumn('value', text, (column) => column.notNull())
        .execute();
      for (const column of ['type', 'subject', 'cause_id']) {
        await database.schema
          .createIndex(`activity_by_${column}`)
          .on('activity')
          .columns([column, 'sequence'])
          .execute();
      }
      await database.schema
        .createTable('relay_positions')
        .addColumn('topic', text, (column) => column.primaryKey())
        .addColumn('sequence', integer, (column) => column.notNull())
        .execute();
    },
  },
];
