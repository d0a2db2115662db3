import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { MulleError } from '#kernel/errors.ts';
import { Shard } from './shard.ts';
import type { SharedTraining } from './shared-training.ts';

/**
 * The threads of one training. The main thread writes a command, works its own shard and waits for the others; between
 * commands the others wait on the sequence word. Shared arrays are written by their owners within a command and read
 * by others after it: the atomic sequence and pending words order the two.
 */
export const commands = { bin: 1, binValidation: 2, advance: 3, plant: 4, split: 5, stop: 6 } as const;
export type Command = (typeof commands)[keyof typeof commands];

const words = { sequence: 0, pending: 1, command: 2, argument: 3, failed: 4, nextFeature: 5 } as const;
export const controlWords = 6;
/** Polls before a thread sleeps: commands follow one another within tens of microseconds. */
const polls = 2_000;
const stuckMs = 600_000;

export interface Crew {
  /** Runs a command on all shards; throws `internal` when one of them failed. */
  run(command: Command, argument: number): void;
  close(): Promise<void>;
}

/** Starts `shared.threads` − 1 workers and resolves when all wait for commands; rejects with `internal`. */
export async function startCrew(shared: SharedTraining): Promise<Crew> {
  const { control, threads } = shared;
  const shard = new Shard(shared, 0);
  const workers: Worker[] = [];
  for (let thread = 1; thread < threads; thread++)
    workers.push(new Worker(new URL('./crew-worker.ts', import.meta.url), { workerData: { shared, thread } }));
  const ended = workers.map((worker) => new Promise((resolve) => worker.once('exit', resolve)));
  try {
    await Promise.all(workers.map((worker) => once(worker, 'message')));
  } catch (cause) {
    await Promise.all(workers.map((worker) => worker.terminate()));
    throw new MulleError('internal', 'A training thread did not start.', { cause });
  }
  const send = (command: Command, argument: number): void => {
    control[words.command] = command;
    control[words.argument] = argument;
    control[words.nextFeature] = 0;
    Atomics.store(control, words.pending, workers.length);
    Atomics.add(control, words.sequence, 1);
    Atomics.notify(control, words.sequence);
  };

  return {
    run(command, argument) {
      send(command, argument);
      execute(shard, shared, command, argument);
      for (let left = Atomics.load(control, words.pending); left > 0; left = Atomics.load(control, words.pending))
        if (untilChanged(control, words.pending, left, stuckMs) === 'timed-out')
          throw new MulleError('internal', `A training thread did not answer for ${stuckMs / 1000} s.`);
      if (Atomics.load(control, words.failed) !== 0)
        throw new MulleError('internal', `A training thread failed: ${readText(shared.errorText)}`);
    },
    async close() {
      send(commands.stop, 0);
      await Promise.all(ended);
    },
  };
}

/** What a worker thread does until told to stop. */
export function serveCrew(shared: SharedTraining, thread: number): void {
  const { control } = shared;
  const shard = new Shard(shared, thread);
  for (let sequence = 0; ; sequence++) {
    untilChanged(control, words.sequence, sequence, Infinity);
    const command = control[words.command];
    if (command === commands.stop || command === undefined) return;
    try {
      execute(shard, shared, command, control[words.argument] ?? 0);
    } catch (error) {
      writeText(shared.errorText, error instanceof Error ? (error.stack ?? error.message) : String(error));
      Atomics.store(control, words.failed, 1);
    }
    Atomics.sub(control, words.pending, 1);
    Atomics.notify(control, words.pending);
  }
}

/** Returns once `control[index]` is no longer `value`. */
function untilChanged(control: Int32Array, index: number, value: number, timeoutMs: number): 'changed' | 'timed-out' {
  for (let poll = 0; poll < polls; poll++) if (Atomics.load(control, index) !== value) return 'changed';
  return Atomics.wait(control, index, value, timeoutMs) === 'timed-out' ? 'timed-out' : 'changed';
}

function execute(shard: Shard, shared: SharedTraining, command: number, argument: number): void {
  const { control, thresholdCounts } = shared;
  const eachFeature = (bin: (feature: number) => void): void => {
    for (;;) {
      const feature = Atomics.add(control, words.nextFeature, 1);
      if (feature >= thresholdCounts.length) return;
      bin(feature);
    }
  };
  if (command === commands.bin) eachFeature((feature) => shard.binFeature(feature));
  else if (command === commands.binValidation) eachFeature((feature) => shard.binValidationFeature(feature));
  else if (command === commands.advance) shard.advance(argument === 1);
  else if (command === commands.plant) shard.plant(argument);
  else if (command === commands.split) shard.split(argument);
}

function writeText(target: Uint8Array, text: string): void {
  target.set(new TextEncoder().encode(text).subarray(0, target.length));
}

function readText(source: Uint8Array): string {
  return new TextDecoder().decode(Uint8Array.from(source)).replace(/\0.*$/s, '');
}
