import { monotonicMs } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import { columnFields } from '#domains/registry/index.ts';
import type { DuckdbSession } from '#platform/duckdb/index.ts';
import { askRows, type AnsweredBlock } from './ask-rows.ts';
import type { BatchColumn, BatchModel } from './batch-model.ts';
import { BatchParts } from './batch-parts.ts';
import { RowReader } from './row-reader.ts';

export interface BatchWork {
  readonly model: BatchModel;
  /** SQL of the rows, the same in the same order at every attempt. */
  readonly relation: string;
  /** One reads the rows, the other keeps the answers. */
  readonly sessions: { readonly input: DuckdbSession; readonly answers: DuckdbSession };
  /** Where answers are kept until the last. */
  readonly folder: string;
  readonly output: string;
  readonly signal: AbortSignal;
  readonly onProgress: (rows: number, ofRows: number) => void;
}

export interface BatchCount {
  readonly rows: number;
  readonly failedRows: number;
  /** Rows of this attempt, and how long they took. */
  readonly answered: number;
  readonly seconds: number;
}

/** A block is answered in about this time: the model is never waited for without need, nor held long by one. */
const blockMs = 100;
const blockRows = { first: 256, most: 8_192 };
/** While one block is computed the next one waits at the host. */
const blocksAhead = 2;

/** Answers every row that has no answer yet, then writes all rows with their answers. */
export async function runBatch(work: BatchWork): Promise<BatchCount> {
  const { model, relation, sessions, folder, output, signal } = work;
  const described = await sessions.input.rows(`DESCRIBE ${relation}`);
  const types = new Map(described.map((column) => [String(column['column_name']), String(column['column_type'])]));
  const columns = columnsFor(model.inputs, types);
  const [counted] = await sessions.input.rows(`SELECT count(*) AS n FROM (${relation})`);
  const rows = Number(counted?.['n']);
  const parts = await BatchParts.open(sessions.answers, folder, model.outputs);
  const before = parts.rows;
  const startedMs = monotonicMs();
  const reader = await RowReader.open(sessions.input, relation, columns, before);
  const ahead: Promise<AnsweredBlock>[] = [];
  let size = blockRows.first;
  let done = before;
  const take = async (): Promise<void> => {
    const block = await ahead.shift();
    if (block === undefined) return;
    await parts.append(block);
    done += block.rows;
    work.onProgress(done, rows);
  };
  for (let block = await reader.next(size); block !== undefined; block = await reader.next(size)) {
    const askedMs = monotonicMs();
    const { rows: asked } = block;
    const answer = askRows(model, block, signal).then((answered) => {
      // Blocks wait for one another: each takes its share of the time that all ahead of it do.
      const rate = (asked * blocksAhead) / Math.max(1, monotonicMs() - askedMs);
      size = Math.max(1, Math.min(blockRows.most, 4 * size, Math.round(rate * blockMs)));
      return answered;
    });
    // Told when it is its turn.
    answer.catch(() => undefined);
    ahead.push(answer);
    if (ahead.length >= blocksAhead) await take();
  }
  while (ahead.length > 0) await take();
  await parts.flush();
  const seconds = (monotonicMs() - startedMs) / 1_000;
  await parts.finish(relation, new Set(types.keys()), rows, output);
  return { rows, failedRows: parts.failedRows, answered: rows - before, seconds };
}

const numeric = /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL\(.*\)|BOOLEAN)$/;

/** The column of the relation for each input: of its name, or of a name that makes it. */
function columnsFor(inputs: readonly BatchColumn[], types: ReadonlyMap<string, string>): BatchColumn[] {
  const names = [...types.keys()];
  const asFields = columnFields(names);
  const missing: string[] = [];
  const found = inputs.map(({ name, type }) => {
    const column = types.has(name) ? name : names[asFields.indexOf(name)];
    if (column === undefined) missing.push(name);
    return { name: column ?? name, type };
  });
  if (missing.length > 0) {
    throw new MulleError(
      'missing_feature',
      `The rows have no column ${missing.join(', ')}. They have: ${names.slice(0, 50).join(', ')}.`,
    );
  }
  for (const { name, type } of found) {
    const own = types.get(name) ?? '';
    if (type === 'VARCHAR' || numeric.test(own)) continue;
    throw new MulleError('invalid_feature', `The column "${name}" is ${own}; the model takes a number there.`);
  }
  return found;
}
