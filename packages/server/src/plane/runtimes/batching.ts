import type { MulleError } from '#kernel/errors.ts';
import type { Frame } from './frames.ts';
import type { ModelHost } from './model-host.ts';

/** A request that waits for a host, or for its answer. */
export interface Job<Input, Output> {
  readonly input: Input;
  readonly deadlineMs: number;
  readonly resolve: (output: Output) => void;
  readonly reject: (error: MulleError) => void;
  settled: boolean;
  /** Hosts that died under it. */
  deaths: number;
  /** Shares no batch: one that it was in failed, and it may be why. */
  isAlone: boolean;
}

/** What a queue needs to know of a request. */
export interface QueuedInput {
  readonly count: number;
  readonly priority?: number | undefined;
}

/** How requests of one kind become a batch for a host, and its answer their answers. */
export interface Batching<Input extends QueuedInput, Output> {
  /** Whether `next` may share the batch of `first`. */
  joins(first: Input, next: Input): boolean;
  /** Sends the inputs of jobs, `rows` in all; false when there is no process to send them to. */
  send(host: ModelHost, id: number, rows: number, jobs: readonly Job<Input, Output>[]): boolean;
  /** The outputs by job; undefined: the answer cannot be told apart, and each is to be asked alone. */
  split(frame: Frame, jobs: readonly Job<Input, Output>[]): readonly Output[] | undefined;
  /** A batch of several was refused by the model; each is asked alone now. */
  refused(): void;
}
