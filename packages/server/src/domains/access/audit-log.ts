/**
 * Who changed what: an append-only chain. Each entry's hash is SHA-256 over the hash before it and the canonical JSON of
 * the entry, so that changing or removing one breaks every later one; the head, kept elsewhere, also shows a cut tail.
 */
import type { Kysely, Selectable } from 'kysely';
import type { Static } from 'typebox';
import { canonicalJson, type AuditEntry as AuditEntrySchema, type NewEvent } from '@mulle/contract';
import { nowMs } from '#kernel/clock.ts';
import { sha256 } from '#kernel/ids.ts';
import {
  decodeJson,
  encodeJson,
  pageOf,
  readPageToken,
  type Database,
  type PageRequest,
  type Transaction,
} from '#platform/database/index.ts';
import type { AccessTables } from './access-tables.ts';
import type { Actor } from './actor.ts';

export type AuditEntry = Static<typeof AuditEntrySchema>;
type AuditRow = Selectable<AccessTables['audit']>;

/** What a service says of a change. `action` is verb-like and dotted: `model-version.create`. */
export interface AuditRecord {
  readonly actor: Actor;
  readonly action: string;
  readonly subject: string;
  readonly details: Record<string, unknown>;
}

export interface AuditVerification {
  ok: boolean;
  entries: number;
  /** Hash of the last entry. */
  head: string;
  /** Sequence of the first entry that does not follow from those before it. */
  brokenAt: number | null;
}

const genesis = '0'.repeat(64);
const readAtOnce = 1_000;

function hashOf(entry: Omit<AuditEntry, 'hash'>): string {
  const { previousHash, ...content } = entry;
  return sha256(`${previousHash}\n${canonicalJson(content)}`);
}

function toEntry(row: AuditRow): AuditEntry {
  return {
    sequence: row.sequence,
    timeMs: row.time_ms,
    actor: row.actor,
    action: row.action,
    subject: row.subject,
    details: decodeJson(row.details),
    previousHash: row.previous_hash,
    hash: row.hash,
  };
}

export class AuditLog {
  readonly #database: Database<AccessTables>;

  constructor(database: Database<AccessTables>) {
    this.#database = database;
  }

  /** Adds an entry in the transaction of the change that it tells of. */
  async record(trx: Transaction<AccessTables>, record: AuditRecord): Promise<void> {
    const last = await trx
      .selectFrom('audit')
      .select(['sequence', 'hash'])
      .orderBy('sequence', 'desc')
      .limit(1)
      .executeTakeFirst();
    const details = encodeJson(record.details);
    const content = {
      sequence: (last?.sequence ?? 0) + 1,
      timeMs: nowMs(),
      actor: record.actor.name,
      action: record.action,
      subject: record.subject,
      details: decodeJson<Record<string, unknown>>(details),
      previousHash: last?.hash ?? genesis,
    };
    const row: AuditRow = {
      sequence: content.sequence,
      time_ms: content.timeMs,
      actor: content.actor,
      action: content.action,
      subject: content.subject,
      details,
      previous_hash: content.previousHash,
      hash: hashOf(content),
    };
    await trx.insertInto('audit').values(row).execute();
  }

  /** Newest first. */
  list(request: PageRequest): Promise<{ items: AuditEntry[]; nextPageToken?: string }> {
    const before = readPageToken(request);
    return pageOf(
      request,
      (count) =>
        this.#database.kysely
          .selectFrom('audit')
          .selectAll()
          .$if(before !== undefined, (query) => query.where('sequence', '<', Number(before)))
          .orderBy('sequence', 'desc')
          .limit(count)
          .execute(),
      (row) => row.sequence,
      toEntry,
    );
  }

  /** Recomputes the chain from its beginning. */
  async verify(): Promise<AuditVerification> {
    let head = genesis;
    let entries = 0;
    for (;;) {
      const rows = await this.#rowsAfter(entries, readAtOnce);
      for (const row of rows) {
        const { hash, ...content } = toEntry(row);
        const follows = content.sequence === entries + 1 && content.previousHash === head && hashOf(content) === hash;
        if (!follows) return { ok: false, entries, head, brokenAt: content.sequence };
        head = hash;
        entries = content.sequence;
      }
      if (rows.length < readAtOnce) return { ok: true, entries, head, brokenAt: null };
    }
  }

  /** Entries after a sequence number, oldest first, as events of the backbone. */
  async eventsAfter(sequence: number, count: number): Promise<{ sequence: number; event: NewEvent }[]> {
    const rows = await this.#rowsAfter(sequence, count);
    return rows.map((row) => {
      const entry = toEntry(row);
      const id = `audit_${entry.sequence}`;
      return {
        sequence: entry.sequence,
        event: { topic: 'audit', type: entry.action, key: entry.subject, id, timeMs: entry.timeMs, value: entry },
      };
    });
  }

  #rowsAfter(sequence: number, count: number): Promise<AuditRow[]> {
    const reader: Kysely<AccessTables> = this.#database.kysely;
    return reader
      .selectFrom('audit')
      .selectAll()
      .where('sequence', '>', sequence)
      .orderBy('sequence')
      .limit(count)
      .execute();
  }
}
