import { shortFloat32 } from '../codecs/json-text.ts';
import type { Batching, Job } from './batching.ts';
import { frameValues, type Frame } from './frames.ts';
import type { ModelHost } from './model-host.ts';

/** Rows of features in the endpoint's order, one after the other; NaN is missing. */
export interface FeatureRows {
  readonly count: number;
  readonly width: number;
  readonly values: Float64Array;
}

/** Rows of numbers, answered by a score each: every row may stand beside every other. */
export class RowBatching implements Batching<FeatureRows, number[]> {
  /** For each column of the model, its index in a row of the endpoint's features. */
  readonly #columns: readonly number[];

  constructor(columns: readonly number[]) {
    this.#columns = columns;
  }

  joins(): boolean {
    return true;
  }

  send(host: ModelHost, id: number, rows: number, jobs: readonly Job<FeatureRows, number[]>[]): boolean {
    const columns = this.#columns;
    const frame = host.begin(id, rows, columns.length);
    if (frame === undefined) return false;
    const { values } = frame;
    let at = 0;
    for (const { input } of jobs) {
      for (let row = 0; row < input.count; row++) {
        for (const column of columns) values[at++] = input.values[row * input.width + column] ?? Number.NaN;
      }
    }
    host.send(frame);
    return true;
  }

  split(frame: Frame, jobs: readonly Job<FeatureRows, number[]>[]): number[][] {
    const scores = frameValues(frame);
    const scoreOf = frame.precision === 4 ? shortFloat32 : (score: number) => score;
    let at = 0;
    return jobs.map(({ input }) => {
      const own: number[] = [];
      for (const end = at + input.count; at < end; at++) own.push(scoreOf(scores[at] ?? Number.NaN));
      return own;
    });
  }

  refused(): void {
    // A row that the model refuses says nothing of the others.
  }
}
