/**
 * Writes, one after another and many to a commit.
 *
 * Callers hand over work; whatever waits when the last commit ends becomes one transaction, each work behind a
 * savepoint of its own: work that throws is undone alone. Callers hear of success after the commit. A failure of the
 * storage fails the whole batch. Works see what earlier works of the batch wrote, exactly as if each had committed.
 * On PostgreSQL a lock of the transaction keeps it so across processes: sequence numbers become visible in order.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { sql, type ControlledTransaction, type Kysely, type Transaction } from 'kysely';
import { MulleError } from '#kernel/errors.ts';
import type { DatabaseDialect } from './migrations.ts';
import { toStorageError } from './storage-error.ts';

const maximumBatch = 64;
/** Key of the advisory lock that writers of one PostgreSQL database share. */
const writerLock = 0x6d756c6c;

interface Waiting<Tables> {
  /** Does the work and gives what tells its caller of success. */
  run(trx: Transaction<Tables>): Promise<() => void>;
  fail(reason: unknown): void;
}

const inWork = new AsyncLocalStorage<true>();

/** Throws when the caller runs inside a transaction's work: there, only the transaction may be used. */
export function assertOutsideTransaction(): void {
  if (inWork.getStore()) {
    throw new Error(
      'The database was used inside a transaction beside the transaction itself: it would wait for itself.',
    );
  }
}

export class TransactionQueue<Tables> {
  readonly #kysely: Kysely<Tables>;
  readonly #dialect: DatabaseDialect;
  /** Why nothing is written any more; undefined while all is well. */
  readonly #damage: () => MulleError | undefined;
  readonly #waiting: Waiting<Tables>[] = [];
  readonly #commitListeners = new Set<() => void>();
  #draining: Promise<void> | undefined;
  #closed = false;

  constructor(kysely: Kysely<Tables>, dialect: DatabaseDialect, damage: () => MulleError | undefined) {
    this.#kysely = kysely;
    this.#dialect = dialect;
    this.#damage = damage;
  }

  /** Runs `work` in a transaction; resolves after the commit with what it returned. */
  submit<T>(work: (trx: Transaction<Tables>) => Promise<T>): Promise<T> {
    assertOutsideTransaction();
    const damage = this.#damage();
    if (damage !== undefined) return Promise.reject(damage);
    if (this.#closed) return Promise.reject(new MulleError('unavailable', 'The database is closing.'));
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        run: async (trx) => {
          const result = await inWork.run(true, () => work(trx));
          return () => resolve(result);
        },
        fail: reject,
      });
      this.#draining ??= this.#drain();
    });
  }

  /** Calls `listener` after every commit; the returned function ends it. */
  onCommit(listener: () => void): () => void {
    this.#commitListeners.add(listener);
    return () => this.#commitListeners.delete(listener);
  }

  /** Refuses new work and waits for what was handed over. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#draining;
  }

  async #drain(): Promise<void> {
    // What is submitted in the same turn of the event loop belongs to the first batch already.
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#commit(this.#waiting.splice(0, maximumBatch));
    this.#draining = undefined;
  }

  async #commit(batch: readonly Waiting<Tables>[]): Promise<void> {
    const succeeded: (() => void)[] = [];
    const failed = new Set<Waiting<Tables>>();
    let trx: ControlledTransaction<Tables> | undefined;
    try {
      trx = await this.#kysely.startTransaction().execute();
      if (this.#dialect === 'postgres') await sql`select pg_advisory_xact_lock(${writerLock})`.execute(trx);
      for (const work of batch) {
        await sql`savepoint work`.execute(trx);
        try {
          succeeded.push(await work.run(trx));
        } catch (thrown) {
          if (toStorageError(thrown) !== thrown || isStorageFailure(thrown)) throw thrown;
          await sql`rollback to savepoint work`.execute(trx);
          failed.add(work);
          work.fail(thrown);
        }
        await sql`release savepoint work`.execute(trx);
      }
      await trx.commit().execute();
    } catch (thrown) {
      // After some failures the database has rolled back by itself; then there is nothing left to undo.
      await trx
        ?.rollback()
        .execute()
        .catch(() => undefined);
      const reason = toStorageError(thrown);
      for (const work of batch) if (!failed.has(work)) work.fail(reason);
      return;
    }
    for (const tell of succeeded) tell();
    if (succeeded.length > 0) for (const listener of this.#commitListeners) queueMicrotask(listener);
  }
}

function isStorageFailure(thrown: unknown): boolean {
  return thrown instanceof MulleError && thrown.cause !== undefined && toStorageError(thrown.cause) !== thrown.cause;
}
