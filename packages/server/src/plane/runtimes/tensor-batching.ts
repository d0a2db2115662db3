/**
 * Requests of named tensors, batched along the first dimension.
 *
 * That a first dimension counts rows is the model's own business: a signature with −1 there only permits it. States:
 * untried → on trial → by rows | alone. The first batch of different requests is a trial: each of them is asked alone as
 * well, answered by that, and the batch must have given the same. Until then, and for ever where it has not, requests go
 * one by one.
 */
import type { ModelSignature } from '@mulle/contract';
import { monotonicMs } from '#kernel/clock.ts';
import { sameTensors } from '../tensors/same-tensors.ts';
import { readTensorPayload, tensorPayload } from '../tensors/tensor-frame.ts';
import { splitRows } from '../tensors/split-rows.ts';
import type { Tensor } from '../tensors/tensor.ts';
import type { Batching, Job } from './batching.ts';
import type { Frame } from './frames.ts';
import type { ModelHost } from './model-host.ts';

/** The checked tensors of a request, in the order of the signature. */
export interface TensorRows {
  /** Rows, as far as limits are concerned. */
  readonly count: number;
  readonly tensors: readonly Tensor[];
  /** What requests must have in common to share a batch: shapes behind the rows, and parameters. Null: it goes alone. */
  readonly key: string | null;
  /** What the caller tells the model beside its tensors. */
  readonly parameters: Readonly<Record<string, unknown>> | undefined;
  readonly priority?: number | undefined;
}

/** Whether a signature permits rows of several requests in one call: every first size is any. */
export function mayShareRows({ inputs, outputs }: ModelSignature): boolean {
  return outputs.length > 0 && [...inputs, ...outputs].every(({ shape }) => shape[0] === -1);
}

/** Checked tensors as the batcher takes them. */
export function tensorRows(
  tensors: readonly Tensor[],
  parameters: Readonly<Record<string, unknown>> | undefined,
  priority?: number,
): TensorRows {
  const rows = tensors[0]?.shape[0] ?? 0;
  const isAligned = rows > 0 && tensors.every(({ shape }) => shape[0] === rows);
  return {
    count: Math.max(1, rows),
    tensors,
    parameters,
    priority,
    key: isAligned ? JSON.stringify([tensors.map(({ shape }) => shape.slice(1)), parameters]) : null,
  };
}

type TensorJob = Job<TensorRows, readonly Tensor[]>;

/** Refusals of whole batches in a row after which no more are tried. */
const refusalsToStop = 3;
/** A trial whose requests were not all asked again by then is void. */
const trialMs = 30_000;

export class TensorBatching implements Batching<TensorRows, readonly Tensor[]> {
  #state: 'untried' | 'on trial' | 'by rows' | 'alone';
  readonly #trial = new Map<TensorRows, readonly Tensor[]>();
  #trialUntilMs = 0;
  #refusals = 0;

  /** `mayShare`: whether the signature permits it. */
  constructor(mayShare: boolean) {
    this.#state = mayShare ? 'untried' : 'alone';
  }

  joins(first: TensorRows, next: TensorRows): boolean {
    if (this.#state === 'on trial' && monotonicMs() > this.#trialUntilMs) this.#state = 'untried';
    if (this.#state === 'alone' || this.#state === 'on trial') return false;
    if (first.key === null || first.key !== next.key) return false;
    return this.#state === 'by rows' || !sameTensors(first.tensors, next.tensors, 0);
  }

  send(host: ModelHost, id: number, _rows: number, jobs: readonly TensorJob[]): boolean {
    const first = jobs[0]?.input;
    if (first === undefined) return false;
    const rows = jobs.reduce((sum, { input }) => sum + (input.tensors[0]?.shape[0] ?? 0), 0);
    const merged = first.tensors.map(({ name, datatype, shape }, index) => ({
      name,
      datatype,
      shape: jobs.length === 1 ? shape : [rows, ...shape.slice(1)],
      pieces: jobs.map(({ input }) => input.tensors[index]?.bytes ?? Buffer.alloc(0)),
    }));
    return host.sendTensors(id, tensorPayload(merged, first.parameters));
  }

  split({ payload }: Frame, jobs: readonly TensorJob[]): (readonly Tensor[])[] | undefined {
    const outputs = readTensorPayload(payload);
    const [only] = jobs;
    if (jobs.length === 1 && only !== undefined) {
      this.#compare(only.input, outputs);
      return [outputs];
    }
    const shares = splitRows(
      outputs,
      jobs.map(({ input }) => input.tensors[0]?.shape[0] ?? 0),
    );
    if (shares === undefined) {
      this.#state = 'alone';
      return undefined;
    }
    this.#refusals = 0;
    if (this.#state === 'by rows') return shares;
    this.#trial.clear();
    for (const [index, { input }] of jobs.entries()) this.#trial.set(input, shares[index] ?? []);
    this.#state = 'on trial';
    this.#trialUntilMs = monotonicMs() + trialMs;
    return undefined;
  }

  refused(): void {
    if (this.#state === 'untried' && ++this.#refusals >= refusalsToStop) this.#state = 'alone';
  }

  #compare(input: TensorRows, outputs: readonly Tensor[]): void {
    const inBatch = this.#trial.get(input);
    if (inBatch === undefined || this.#state !== 'on trial') return;
    this.#trial.delete(input);
    if (!sameTensors(inBatch, outputs, relativeTolerance)) {
      this.#state = 'alone';
      this.#trial.clear();
    } else if (this.#trial.size === 0) this.#state = 'by rows';
  }
}

/** Sums come out otherwise where a batch is cut into other blocks. */
const relativeTolerance = 1e-3;
