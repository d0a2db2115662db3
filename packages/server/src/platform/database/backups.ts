/**
 * Backups of the SQLite file: `<folder>/mulle-<time>.sqlite`, whole databases, the newest few kept.
 *
 * One is made by `VACUUM INTO` in a thread of its own, from a snapshot, while writers go on; it has its name only when it
 * is complete and synced. A damaged source gives no backup, and an old backup goes only when a new one is there.
 * PostgreSQL has backups of its own.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { nowMs } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import { setAside, syncPath } from '#platform/files/durable-files.ts';

const backupPattern = /^mulle-(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)-(\d{3})Z\.sqlite$/;

export interface Backup {
  path: string;
  atMs: number;
}

export interface BackupTerms {
  folder: string;
  /** A backup is made when the newest is older and something was committed since. */
  everyMs: number;
  /** So many of the newest are kept. */
  keep: number;
}

/** What the backup thread is handed. */
export interface BackupOrder {
  database: string;
  target: string;
}

/** Newest first; empty where there is no such folder. */
export function listBackups(folder: string): Backup[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((name) => {
      const [, day, hour, minute, second, ms] = backupPattern.exec(name) ?? [];
      if (day === undefined) return [];
      return [{ path: join(folder, name), atMs: Date.parse(`${day}T${hour}:${minute}:${second}.${ms}Z`) }];
    })
    .toSorted((a, b) => b.atMs - a.atMs);
}

/** Backs the database up now and removes backups beyond the newest `keep`. Rejects with what the storage says. */
export async function backUp(database: string, { folder, keep }: BackupTerms): Promise<Backup> {
  mkdirSync(folder, { recursive: true });
  const atMs = nowMs();
  const path = join(folder, `mulle-${new Date(atMs).toISOString().replaceAll(/[:.]/g, '-')}.sqlite`);
  const order: BackupOrder = { database, target: path };
  const worker = new Worker(new URL('./backup-worker.ts', import.meta.url), { workerData: order, name: 'backup' });
  await new Promise<void>((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', (code) =>
      code === 0 ? resolve() : reject(new MulleError('internal', 'The backup thread ended.')),
    );
  });
  for (const old of listBackups(folder).slice(keep)) rmSync(old.path);
  return { path, atMs };
}

/**
 * Puts a backup in the place of the database, which nobody may have open; what was there is renamed to
 * `*.corrupt-<time>`. Returns that name, undefined where there was nothing.
 */
export function restoreBackup(backup: string, database: string): string | undefined {
  if (!existsSync(backup)) throw new MulleError('not_found', `There is no backup ${backup}.`);
  const folder = dirname(database);
  mkdirSync(folder, { recursive: true });
  const incoming = `${database}.restoring`;
  copyFileSync(backup, incoming);
  syncPath(incoming);
  const timeMs = nowMs();
  const aside = setAside(database, timeMs);
  // Their content belongs to the file that was set aside.
  for (const suffix of ['-wal', '-shm']) setAside(database + suffix, timeMs);
  renameSync(incoming, database);
  syncPath(folder);
  return aside;
}
