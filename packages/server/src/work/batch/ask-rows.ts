import { sleep } from '#kernel/clock.ts';
import { MulleError, toMulleError } from '#kernel/errors.ts';
import type { BatchModel, RowBlock } from './batch-model.ts';

/** The answers to a block: values by output, and for each row null or why it has none. */
export interface AnsweredBlock {
  readonly rows: number;
  readonly outputs: readonly unknown[][];
  readonly errors: readonly (string | null)[];
}

/** What a row may be at fault for. Anything else ends the batch, to be tried again. */
const ofRows = new Set(['model_failed', 'invalid_feature', 'invalid_argument']);
/** A host that rows have killed comes back within this. */
const patience = { tries: 60, everyMs: 1_000 };

/**
 * The model's answers to a block, whatever its rows: one that the model refuses, or that kills its host, is found by
 * halves, and the others are answered. Rejects with `unavailable` where the host does not come back.
 */
export async function askRows(model: BatchModel, block: RowBlock, signal: AbortSignal): Promise<AnsweredBlock> {
  try {
    const outputs = await askPatiently(model, block, signal);
    return { rows: block.rows, outputs, errors: outputs[0]?.map(noAnswer) ?? [] };
  } catch (thrown) {
    const error = toMulleError(thrown);
    if (!ofRows.has(error.code)) throw error;
    if (block.rows === 1) return { rows: 1, outputs: model.outputs.map(() => [null]), errors: [error.message] };
    const middle = block.rows >> 1;
    const first = await askRows(model, sliceOf(block, 0, middle), signal);
    const second = await askRows(model, sliceOf(block, middle, block.rows), signal);
    return {
      rows: block.rows,
      outputs: first.outputs.map((values, index) => values.concat(second.outputs[index] ?? [])),
      errors: [...first.errors, ...second.errors],
    };
  }
}

const noAnswer = (value: unknown): string | null =>
  typeof value === 'number' && !Number.isFinite(value) ? `The model gave ${value}, which is no number.` : null;

function sliceOf({ columns }: RowBlock, from: number, to: number): RowBlock {
  return { rows: to - from, columns: columns.map((column) => column.slice(from, to)) };
}

async function askPatiently(model: BatchModel, block: RowBlock, signal: AbortSignal): Promise<unknown[][]> {
  for (let tries = 1; ; tries++) {
    signal.throwIfAborted();
    try {
      return await model.ask(block);
    } catch (thrown) {
      const isAway = thrown instanceof MulleError && thrown.code === 'unavailable';
      if (!isAway || tries === patience.tries) throw thrown;
      await sleep(patience.everyMs, signal);
    }
  }
}
