import { sql } from 'kysely';
import type { AccessRole } from '@mulle/contract';
import { columnTypes, type Migration } from '#platform/database/index.ts';

/** Tables of access: API keys, and the audit log, which the database itself keeps append-only. */
export interface AccessTables {
  api_keys: {
    id: string;
    name: string;
    role: AccessRole;
    /** SHA-256 of the key; the key itself is nowhere. */
    secret_sha256: string;
    requests_per_second: number | null;
    created_at_ms: number;
  };
  audit: {
    sequence: number;
    time_ms: number;
    actor: string;
    action: string;
    subject: string;
    /** JSON. */
    details: string;
    previous_hash: string;
    hash: string;
  };
}

const refusal = 'The audit log is append-only.';

const sqliteGuards = ['update', 'delete'].map(
  (change) =>
    `create trigger audit_no_${change} before ${change} on audit begin select raise(abort, '${refusal}'); end`,
);

const postgresGuards = [
  `create function audit_refuse() returns trigger language plpgsql as $$ begin raise exception '${refusal}'; end $$`,
  'create trigger audit_append_only before update or delete or truncate on audit for each statement execute function audit_refuse()',
];

export const accessMigrations: readonly Migration[] = [
  {
    name: 'access-1',
    async up(database, dialect) {
      const { text, integer, real } = columnTypes(dialect);
      await database.schema
        .createTable('api_keys')
        .addColumn('id', text, (column) => column.primaryKey())
        .addColumn('name', text, (column) => column.notNull().unique())
        .addColumn('role', text, (column) => column.notNull())
        .addColumn('secret_sha256', text, (column) => column.notNull().unique())
        .addColumn('requests_per_second', real)
        .addColumn('created_at_ms', integer, (column) => column.notNull())
        .execute();
      await database.schema
        .createTable('audit')
        .addColumn('sequence', integer, (column) => column.primaryKey())
        .addColumn('time_ms', integer, (column) => column.notNull())
        .addColumn('actor', text, (column) => column.notNull())
        .addColumn('action', text, (column) => column.notNull())
        .addColumn('subject', text, (column) => column.notNull())
        .addColumn('details', text, (column) => column.notNull())
        .addColumn('previous_hash', text, (column) => column.notNull())
        .addColumn('hash', text, (column) => column.notNull())
        .execute();
      const guards = dialect === 'sqlite' ? sqliteGuards : postgresGuards;
      for (const statement of guards) await sql.raw(statement).execute(database);
    },
  },
];
