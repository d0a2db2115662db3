/**
 * Keeps the journal thread of a writing process running.
 *
 * States: starting → running → (ended unasked → waiting → starting) … → ended. A thread that ends unasked, for want of
 * memory or by a fault of ours, is started again: at once, then after 100 ms doubling to 10 s. A commit forgets. What the
 * dead one had in hand is the writer's affair: it is told of each end, and says where the next one goes on.
 */
import { Worker } from 'node:worker_threads';
import type { FromJournalThread, JournalThreadData, ToJournalThread } from './journal-batch.ts';

const firstWaitMs = 100;
const longestWaitMs = 10_000;

export interface ThreadKeeperOptions {
  module: URL;
  onMessage: (message: FromJournalThread) => void;
  /** The thread ended unasked. Gives what the next one starts with; undefined where there shall be none. */
  onDeath: (reason: string) => JournalThreadData | undefined;
}

export class ThreadKeeper {
  /** Ends unasked since the last commit. */
  deaths = 0;
  readonly #options: ThreadKeeperOptions;
  #worker: Worker | undefined;
  #restart: NodeJS.Timeout | undefined;
  #ended: (() => void) | undefined;

  constructor(options: ThreadKeeperOptions, data: JournalThreadData) {
    this.#options = options;
    this.#start(data);
  }

  /** Hands over a message; nothing where the thread is dead. */
  send(message: ToJournalThread): void {
    this.#worker?.postMessage(message);
  }

  /** The thread said that it cannot go on: ends it, which counts as a death for this reason. */
  fail(reason: string): void {
    const worker = this.#worker;
    worker?.emit('error', new Error(reason));
    void worker?.terminate();
  }

  /** Asks the thread to end and waits for it. */
  async end(): Promise<void> {
    clearTimeout(this.#restart);
    if (this.#worker === undefined) return;
    const exited = new Promise<void>((resolve) => (this.#ended = resolve));
    this.send({ kind: 'close' });
    await exited;
  }

  #start(data: JournalThreadData): void {
    const { module, onMessage } = this.#options;
    const worker = new Worker(module, { workerData: data, name: `journal ${data.writer}` });
    this.#worker = worker;
    let reason = 'it ended';
    worker.on('message', onMessage);
    worker.on('error', (error) => (reason = error instanceof Error ? error.message : String(error)));
    // Not before its exit: until then it may hold the journal's lock.
    worker.on('exit', () => {
      this.#worker = undefined;
      if (this.#ended === undefined) this.#died(reason);
      else this.#ended();
    });
  }

  #died(reason: string): void {
    this.deaths++;
    const next = this.#options.onDeath(reason);
    if (next === undefined) return;
    const waitMs = this.deaths <= 1 ? 0 : Math.min(longestWaitMs, firstWaitMs * 2 ** (this.deaths - 2));
    this.#restart = setTimeout(() => this.#start(next), waitMs);
  }
}
