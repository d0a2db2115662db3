/**
 * Reclaiming blobs that nothing names, by mark and sweep.
 *
 * Marked is every digest that stands in any text of the database, whichever domain wrote it, and what marked or young
 * blobs name in turn (a bundle lists its files). So what a new domain stores is safe without this knowing of it: a text
 * that only looks like a digest keeps a blob too long, never the reverse. Young blobs stay, for a task that stored one
 * may not have named it yet; storing bytes again makes them young again. Removal is one file at a time: interrupted, the
 * next sweep goes on.
 */
import type { AccessTables, Actor, AuditLog } from '#domains/access/index.ts';
import { nowMs } from '#kernel/clock.ts';
import type { BlobStore } from '#platform/blobs/index.ts';
import { textColumns, textsWithDigests, type Database } from '#platform/database/index.ts';

export interface SweepOptions {
  readonly youngerThanMs?: number | undefined;
  readonly dryRun?: boolean | undefined;
}

export interface SweepReport {
  readonly kept: number;
  readonly removed: number;
  readonly removedBytes: number;
}

const defaultYoungMs = 3_600_000;
/** Of numbers and of what callers said, never of blobs; and the largest tables there are. */
const neverNaming = new Set(['run_metrics', 'run_latest_metrics', 'spans']);
/** Lists of digests are JSON and smaller than this. */
const listBytes = 16 * 1024 ** 2;

interface Found {
  readonly bytes: number;
  readonly storedAtMs: number;
}

export class BlobSweep {
  readonly #database: Database<AccessTables>;
  readonly #blobs: BlobStore;
  readonly #audit: AuditLog;

  constructor(options: { database: Database<AccessTables>; blobs: BlobStore; audit: AuditLog }) {
    this.#database = options.database;
    this.#blobs = options.blobs;
    this.#audit = options.audit;
  }

  async sweep(actor: Actor, { youngerThanMs = defaultYoungMs, dryRun = false }: SweepOptions): Promise<SweepReport> {
    const youngMs = nowMs() - youngerThanMs;
    const found = new Map<string, Found>();
    for await (const { digest, ...blob } of this.#blobs.list()) found.set(digest, blob);
    const young = [...found].filter(([, { storedAtMs }]) => storedAtMs >= youngMs).map(([digest]) => digest);
    const kept = await this.#named(found, [...young, ...(await this.#roots(found))]);
    let [removed, removedBytes] = [0, 0];
    for (const [digest, { bytes }] of found) {
      if (kept.has(digest)) continue;
      removed++;
      removedBytes += bytes;
      if (!dryRun) await this.#blobs.delete(digest);
    }
    const report = { kept: kept.size, removed, removedBytes };
    if (!dryRun && removed > 0) {
      await this.#database.transaction((trx) =>
        this.#audit.record(trx, { actor, action: 'blobs.sweep', subject: 'blobs', details: { ...report } }),
      );
    }
    return report;
  }

  /** Digests of stored blobs that the database names. */
  async #roots(found: ReadonlyMap<string, Found>): Promise<string[]> {
    const { kysely, dialect } = this.#database;
    const roots = new Set<string>();
    for (const column of await textColumns(kysely, dialect)) {
      if (neverNaming.has(column.table)) continue;
      for (const text of await textsWithDigests(kysely, dialect, column)) {
        for (const digest of digestsIn(text)) if (found.has(digest)) roots.add(digest);
      }
    }
    return [...roots];
  }

  /** The roots and what they name, and what that names. */
  async #named(found: ReadonlyMap<string, Found>, roots: readonly string[]): Promise<Set<string>> {
    const named = new Set(roots);
    for (const digest of named) {
      const bytes = found.get(digest)?.bytes ?? 0;
      if (bytes < 64 || bytes > listBytes) continue;
      for (const other of digestsIn(await this.#listIn(digest))) if (found.has(other)) named.add(other);
    }
    return named;
  }

  /** The text of a blob that may be a list, read no further than its first bytes where it is none. */
  async #listIn(digest: string): Promise<string> {
    const { stream } = await this.#blobs.createReadStream(digest);
    const chunks: Buffer[] = [];
    for await (const chunk of stream) {
      const bytes = Buffer.from(chunk);
      if (chunks.length === 0 && !/^\s*[{[]/.test(bytes.subarray(0, 64).toString('latin1'))) break;
      chunks.push(bytes);
    }
    return Buffer.concat(chunks).toString('latin1');
  }
}

/** Every run of 64 hex digits, overlapping ones too: a longer run may end or begin with a digest. */
function digestsIn(text: string): Iterable<string> {
  return (function* () {
    for (const { 0: run } of text.matchAll(/[0-9a-f]{64,}/g)) {
      for (let start = 0; start + 64 <= run.length && start < 64; start++) yield run.slice(start, start + 64);
    }
  })();
}
