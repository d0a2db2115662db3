/**
 * Read-only connections to journals that others write. Each read is one short transaction, a snapshot of that journal.
 *
 * A journal that is damaged or not yet begun reads as absent; damage is reported once for each file. A journal that was
 * replaced (set aside by its writer) is noticed by its inode and opened anew.
 */
import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { journalFormat, journalPaths, listWriters } from './journal-file.ts';
import { integerOf, JournalDamage, storageFault } from './sqlite-row.ts';

interface View {
  database: DatabaseSync;
  inode: string;
}

export class JournalViews {
  readonly dir: string;
  readonly onProblem: (message: string) => void;
  readonly #views = new Map<string, View>();
  readonly #reported = new Set<string>();

  constructor(dir: string, onProblem: (message: string) => void) {
    this.dir = dir;
    this.onProblem = onProblem;
  }

  writers(): string[] {
    return listWriters(this.dir);
  }

  /** Runs `work` on one snapshot of the writer's journal; undefined when there is none that can be read. */
  read<T>(writer: string, work: (database: DatabaseSync) => T): T | undefined {
    const path = journalPaths(this.dir, writer).database;
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return undefined;
    const inode = `${stat.dev}:${stat.ino}`;
    try {
      const database = this.#open(writer, path, inode);
      if (database === undefined) return undefined;
      database.exec('BEGIN');
      try {
        return work(database);
      } finally {
        if (database.isTransaction) database.exec('ROLLBACK');
      }
    } catch (thrown) {
      if (storageFault(thrown) !== 'corrupt') throw thrown;
      this.#forget(writer);
      if (!this.#reported.has(inode)) {
        this.#reported.add(inode);
        const reason = thrown instanceof Error ? thrown.message : '';
        this.onProblem(
          `Journal ${path} is damaged and is left out: ${reason}. Its writer sets it aside at its next start.`,
        );
      }
      return undefined;
    }
  }

  close(): void {
    for (const writer of this.#views.keys()) this.#forget(writer);
  }

  #open(writer: string, path: string, inode: string): DatabaseSync | undefined {
    const known = this.#views.get(writer);
    if (known?.inode === inode) return known.database;
    this.#forget(writer);
    const database = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
    try {
      const version = integerOf(database.prepare('PRAGMA user_version').get(), 'user_version');
      if (version === 0) {
        database.close();
        return undefined;
      }
      if (version !== journalFormat) throw new JournalDamage(`format ${version} is not ${journalFormat}`);
    } catch (thrown) {
      if (database.isOpen) database.close();
      throw thrown;
    }
    this.#views.set(writer, { database, inode });
    return database;
  }

  #forget(writer: string): void {
    this.#views.get(writer)?.database.close();
    this.#views.delete(writer);
  }
}
