/**
 * Who may call. On loopback and without a single key everybody is the local owner; the first key ends that, and so is an
 * owner's. Elsewhere nothing listens without keys. A key is shown once and stored as its SHA-256 only.
 */
import { timingSafeEqual } from 'node:crypto';
import type { Static } from 'typebox';
import type { AccessRole, KeyRecord as KeyRecordSchema, SnapshotKey } from '@mulle/contract';
import { monotonicMs, nowMs } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import { newId, newSecret, sha256 } from '#kernel/ids.ts';
import { RateLimiter } from '#kernel/rate-limiter.ts';
import type { Database } from '#platform/database/index.ts';
import type { AccessTables } from './access-tables.ts';
import type { Actor } from './actor.ts';
import type { AuditLog } from './audit-log.ts';
import { anyKeyExists, deleteKeyRow, findKeyBySecret, insertKey, listKeyRows, type KeyRow } from './key-store.ts';
import { isLoopback } from './loopback.ts';

export type KeyRecord = Static<typeof KeyRecordSchema>;

export interface AccessOptions {
  readonly database: Database<AccessTables>;
  readonly audit: AuditLog;
  /** What the other roles of this installation present. */
  readonly internalToken: string;
  /** Address that the people's port listens on. */
  readonly host: string;
}

const localOwner: Actor = { name: 'local-owner', role: 'owner' };
const platform: Actor = { name: 'platform', role: 'internal' };

function toRecord(row: KeyRow): KeyRecord {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    requestsPerSecond: row.requests_per_second,
    createdAtMs: row.created_at_ms,
  };
}

function unauthenticated(message: string): MulleError {
  return new MulleError('unauthenticated', message);
}

/** Throws `invalid_config` where an address beyond this machine would be open to all. */
export function assertSafeToListen(host: string, keyCount: number): void {
  if (isLoopback(host) || keyCount > 0) return;
  throw new MulleError(
    'invalid_config',
    `${host} can be reached from other machines and there is no API key. Make an owner's key on 127.0.0.1 first, or listen there.`,
  );
}

export class AccessService {
  readonly #options: AccessOptions;
  readonly #internalSha256: Buffer;
  readonly #limiter = new RateLimiter();

  constructor(options: AccessOptions) {
    this.#options = options;
    this.#internalSha256 = Buffer.from(sha256(options.internalToken));
  }

  /** Throws `invalid_config` when this address may not be opened with the keys there are. */
  async assertSafeToListen(): Promise<void> {
    assertSafeToListen(this.#options.host, (await this.listKeys()).length);
  }

  /** Who presents this `Authorization` header; throws `unauthenticated`, or `rate_limited` beyond the key's rate. */
  async authenticate(authorization: string | undefined): Promise<Actor> {
    const { kysely } = this.#options.database;
    if (authorization === undefined) {
      if (isLoopback(this.#options.host) && !(await anyKeyExists(kysely))) return localOwner;
      throw unauthenticated('This needs an API key. Send it as authorization: Bearer mk_….');
    }
    const token = tokenOf(authorization);
    if (token === undefined) throw unauthenticated('The authorization header is not of the form: Bearer mk_….');
    const tokenSha256 = sha256(token);
    if (this.#options.internalToken !== '' && timingSafeEqual(Buffer.from(tokenSha256), this.#internalSha256)) {
      return platform;
    }
    const key = await findKeyBySecret(kysely, tokenSha256);
    if (key) {
      this.#limiter.take({ id: key.id, requestsPerSecond: key.requests_per_second }, monotonicMs());
      return { name: key.name, role: key.role };
    }
    throw unauthenticated('This API key is unknown or was revoked. Ask an owner for a new one.');
  }

  async listKeys(): Promise<KeyRecord[]> {
    return (await listKeyRows(this.#options.database.kysely)).map(toRecord);
  }

  /** The keys as data checks them; empty where callers need none. */
  async snapshotKeys(): Promise<SnapshotKey[]> {
    const rows = await listKeyRows(this.#options.database.kysely);
    return rows.map((row) => ({
      id: row.id,
      secretSha256: row.secret_sha256,
      role: row.role,
      requestsPerSecond: row.requests_per_second,
    }));
  }

  /** Makes a key; `key` is its secret, given here and never again. */
  createKey(
    actor: Actor,
    wanted: { name: string; role: AccessRole; requestsPerSecond?: number },
  ): Promise<KeyRecord & { key: string }> {
    const { database, audit } = this.#options;
    return database.transaction(async (trx) => {
      const existing = await listKeyRows(trx);
      if (existing.some((row) => row.name === wanted.name)) {
        throw new MulleError(
          'already_exists',
          `There is a key named ${wanted.name}. Revoke it, or choose another name.`,
        );
      }
      if (existing.length === 0 && wanted.role !== 'owner') {
        throw new MulleError('invalid_state', 'The first key must be an owner’s: from then on every caller needs one.');
      }
      const key = `mk_${newSecret()}`;
      const row: KeyRow = {
        id: newId('key'),
        name: wanted.name,
        role: wanted.role,
        secret_sha256: sha256(key),
        requests_per_second: wanted.requestsPerSecond ?? null,
        created_at_ms: nowMs(),
      };
      await insertKey(trx, row);
      const details = { name: row.name, role: row.role };
      await audit.record(trx, { actor, action: 'key.create', subject: row.id, details });
      return { ...toRecord(row), key };
    });
  }

  /** Revokes a key at once. The last owner's key stays as long as others need it to be managed. */
  async deleteKey(actor: Actor, id: string): Promise<void> {
    const { database, audit, host } = this.#options;
    await database.transaction(async (trx) => {
      const rows = await listKeyRows(trx);
      const row = rows.find((candidate) => candidate.id === id);
      if (!row) throw new MulleError('not_found', `There is no key ${id}.`);
      const remaining = rows.filter((candidate) => candidate !== row);
      const ownerless = !remaining.some((candidate) => candidate.role === 'owner');
      if (ownerless && (remaining.length > 0 || !isLoopback(host))) {
        throw new MulleError('invalid_state', `${row.name} is the last owner's key. Make another owner's key first.`);
      }
      await deleteKeyRow(trx, id);
      const details = { name: row.name, role: row.role };
      await audit.record(trx, { actor, action: 'key.delete', subject: id, details });
    });
    this.#limiter.forget(id);
  }
}

/** The key of a Bearer header, or the password of a Basic one: clients of other tools know only names and passwords. */
function tokenOf(authorization: string): string | undefined {
  const [, scheme = '', given = ''] = /^(Bearer|Basic) +(\S+)$/i.exec(authorization) ?? [];
  if (scheme === '') return undefined;
  if (scheme.toLowerCase() === 'bearer') return given;
  const [, password] = /^[^:]*:(.+)$/.exec(Buffer.from(given, 'base64').toString()) ?? [];
  return password;
}
