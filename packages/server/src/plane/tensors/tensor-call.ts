import type { Tensor } from './tensor.ts';

/** An output that is wanted, as bytes or in JSON where the wire has both. */
export interface OutputWish {
  readonly name: string;
  readonly isBinary: boolean;
}

/** A request of named tensors as its wire told it. */
export interface TensorCall {
  /** The caller's own id. */
  readonly id: string | null;
  readonly tensors: readonly Tensor[];
  /** Null: every output. */
  readonly wishes: readonly OutputWish[] | null;
  /** Outputs that nothing is said of are wanted as bytes. */
  readonly isBinary: boolean;
  /** How long the caller waits; undefined: as long as the endpoint has. */
  readonly timeoutMs: number | undefined;
  /** Place in the queue of a model: a smaller number goes first. */
  readonly priority: number | undefined;
  /** What the caller tells the model beside its tensors. */
  readonly parameters: Readonly<Record<string, unknown>> | undefined;
}
