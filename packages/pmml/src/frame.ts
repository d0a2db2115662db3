import type { Value } from './value.ts';

export type Compute = (frame: Frame) => Value;

/** The places of all values of a model: inputs, which are set, and what is computed from others when it is first read. */
export class Layout {
  readonly computes: (Compute | null)[] = [];

  /** A new place; without `compute` its value is set. */
  add(compute: Compute | null = null): number {
    return this.computes.push(compute) - 1;
  }
}

/** The values of one row. Computed ones are kept until the next row begins. */
export class Frame {
  readonly #computes: readonly (Compute | null)[];
  readonly #values: Value[];
  /** The row in which each value was found. */
  readonly #rows: Float64Array;
  #row = 0;

  constructor({ computes }: Layout) {
    this.#computes = computes;
    this.#values = computes.map(() => null);
    this.#rows = new Float64Array(computes.length);
  }

  beginRow(): void {
    this.#row++;
  }

  get(place: number): Value {
    if (this.#rows[place] === this.#row) return this.#values[place] ?? null;
    const value = this.#computes[place]?.(this) ?? null;
    this.set(place, value);
    return value;
  }

  set(place: number, value: Value): void {
    this.#values[place] = value;
    this.#rows[place] = this.#row;
  }
}
