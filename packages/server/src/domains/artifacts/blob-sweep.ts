/**
 * Reclaiming blobs that nothing names, by mark and sweep.
 *
 * Marked is every digest that stands in any text of the database or of a backup that is kept, whichever domain wrote it,
 * and what marked or young blobs name in turn (a bundle lists its files). So what a new domain stores is safe without this knowing of it: a text
 * that only looks like a digest keeps a blob too long, never the reverse. Young blobs stay, for a task that stored one
 * may not have named it yet; storing bytes again makes them young again. Removal is one file at a time: interrupted, the
 * next sweep goes on.
 */
import type { AccessTables, Actor, AuditLog } from '#domains/access/index.ts';
import { nowMs } from '#kernel/clock.ts';
import type { BlobStore } from '#platform/blobs/index.ts';
import { digestsIn, type Database, type LeftOut } from '#platform/database/index.ts';

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
const neverNaming: LeftOut = ['run_metrics', 'run_latest_metrics', 'spans'];
/** Lists of digests are JSON and smaller than this. */
const listBytes = 16 * 1024 ** 2;

interface Found {
  readonly bytes: number;
  readonly storedAtMs: number;
}

export interface BlobSweepOptions {
  readonly database: Database<AccessTables>;
  readonly blobs: BlobStore;
  readonly audit: AuditLog;
  /** Digests in the texts of the database and its backups, but for those tables. */
  readonly namedDigests: (leftOut: LeftOut) => Promise<ReadonlySet<string>>;
}

export class BlobSweep {
  readonly #options: BlobSweepOptions;

  constructor(options: BlobSweepOptions) {
    this.#options = options;
  }

  async sweep(actor: Actor, { youngerThanMs = defaultYoungMs, dryRun = false }: SweepOptions): Promise<SweepReport> {
    const { database, blobs, audit, namedDigests } = this.#options;
    const youngMs = nowMs() - youngerThanMs;
    const found = new Map<string, Found>();
    for await (const { digest, ...blob } of blobs.list()) found.set(digest, blob);
    const young = [...found].filter(([, { storedAtMs }]) => storedAtMs >= youngMs).map(([digest]) => digest);
    const named = [...(await namedDigests(neverNaming))].filter((digest) => found.has(digest));
    const kept = await this.#named(found, [...young, ...named]);
    let [removed, removedBytes] = [0, 0];
    for (const [digest, { bytes }] of found) {
      if (kept.has(digest)) continue;
      removed++;
      removedBytes += bytes;
      if (!dryRun) await blobs.delete(digest);
    }
    const report = { kept: kept.size, removed, removedBytes };
    if (!dryRun && removed > 0) {
      await database.transaction((trx) =>
        audit.record(trx, { actor, action: 'blobs.sweep', subject: 'blobs', details: { ...report } }),
      );
    }
    return report;
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
    const { stream } = await this.#options.blobs.createReadStream(digest);
    const chunks: Buffer[] = [];
    for await (const chunk of stream) {
      const bytes = Buffer.from(chunk);
      if (chunks.length === 0 && !/^\s*[{[]/.test(bytes.subarray(0, 64).toString('latin1'))) break;
      chunks.push(bytes);
    }
    return Buffer.concat(chunks).toString('latin1');
  }
}
