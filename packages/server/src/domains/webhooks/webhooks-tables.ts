import { columnTypes, type Migration } from '#platform/database/index.ts';

export interface WebhooksTables {
  webhooks: {
    id: string;
    name: string;
    description: string | null;
    url: string;
    /** Names of the events it is told of, JSON. */
    events: string;
    /** What deliveries are signed with, sealed. */
    secret: string | null;
    status: 'active' | 'disabled';
    /** Sequence of the last audited change it was told of. */
    position: number;
    created_at_ms: number;
    updated_at_ms: number;
  };
  /** What waits to be sent, or to be sent again. */
  webhook_deliveries: {
    id: string;
    webhook_id: string;
    body: string;
    attempts: number;
    next_at_ms: number;
  };
}

export const webhooksMigrations: readonly Migration[] = [
  {
    name: 'webhooks-1',
    async up(database, dialect) {
      const { text, integer } = columnTypes(dialect);
      await database.schema
        .createTable('webhooks')
        .addColumn('id', text, (column) => column.primaryKey())
        .addColumn('name', text, (column) => column.notNull())
        .addColumn('description', text)
        .addColumn('url', text, (column) => column.notNull())
        .addColumn('events', text, (column) => column.notNull())
        .addColumn('secret', text)
        .addColumn('status', text, (column) => column.notNull())
        .addColumn('position', integer, (column) => column.notNull())
        .addColumn('created_at_ms', integer, (column) => column.notNull())
        .addColumn('updated_at_ms', integer, (column) => column.notNull())
        .execute();
      await database.schema
        .createTable('webhook_deliveries')
        .addColumn('id', text, (column) => column.primaryKey())
        .addColumn('webhook_id', text, (column) => column.notNull().references('webhooks.id').onDelete('cascade'))
        .addColumn('body', text, (column) => column.notNull())
        .addColumn('attempts', integer, (column) => column.notNull())
        .addColumn('next_at_ms', integer, (column) => column.notNull())
        .execute();
      await database.schema
        .createIndex('webhook_deliveries_by_time')
        .on('webhook_deliveries')
        .columns(['next_at_ms', 'id'])
        .execute();
    },
  },
];
