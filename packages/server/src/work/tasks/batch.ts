import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BatchInput } from '@mulle/contract';
import { MulleError } from '#kernel/errors.ts';
import { sqlText, type DuckdbSession } from '#platform/duckdb/index.ts';
import { syncPath } from '#platform/files/durable-files.ts';
import { openBatchModel } from '../batch/batch-model.ts';
import { runBatch } from '../batch/run-batch.ts';
import type { TaskContext, TaskRunner } from '../task-context.ts';
import { withDuckdb } from './duckdb-task.ts';
import { resolveModel } from './model-reference.ts';

const parquet = (paths: readonly string[]): string =>
  `SELECT * FROM read_parquet([${paths.map(sqlText).join(', ')}], union_by_name = true)`;

/** SQL of the input's rows in their order. A CSV file is read once, all of it to know its types, and kept as Parquet. */
async function relationOf(
  context: TaskContext,
  session: DuckdbSession,
  input: BatchInput,
  folder: string,
): Promise<string> {
  if (input.kind === 'dataset') {
    const { version } = input;
    const params = { name: input.dataset };
    const found =
      version === undefined
        ? (await context.control.call('getDataset', { params })).latest
        : await context.control.call('getDatasetVersion', { params: { ...params, version } });
    if (!found?.parts.length) throw new MulleError('not_found', `The dataset ${input.dataset} has no rows.`);
    return parquet(await Promise.all(found.parts.map(({ digest }) => context.blobs.localPath(digest))));
  }
  const path = await context.blobs.localPath(input.digest);
  if (input.format === 'parquet') return parquet([path]);
  const converted = join(folder, 'input.parquet');
  const isThere = await stat(converted).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    await session.run(
      `COPY (SELECT * FROM read_csv(${sqlText(path)}, sample_size = -1)) TO ${sqlText(`${converted}.tmp`)} (FORMAT parquet)`,
    );
    syncPath(`${converted}.tmp`);
    await rename(`${converted}.tmp`, converted);
    syncPath(folder);
  }
  return parquet([converted]);
}

const logEveryRows = 20;

/** Answers every row of the input by a version; killed, it goes on behind the answers that it had written. */
export const runBatchTask: TaskRunner<'batch'> = async (context, options) => {
  const { leased, layout, blobs, scratch, signal } = context;
  const version = await resolveModel(context.control, options.model);
  if (version === undefined) throw new MulleError('not_found', `Nothing answers to ${options.model} yet.`);
  const folder = join(layout.batch, leased.runId, leased.task.name);
  await mkdir(folder, { recursive: true });
  const model = await openBatchModel(version, {
    blobs,
    folder: layout.hosts,
    log: (text) => context.log(text, 'warning'),
  });
  try {
    return await withDuckdb(context, (input) =>
      withDuckdb(context, async (answers) => {
        const output = join(scratch, 'output.parquet');
        let told = 0;
        const count = await runBatch({
          model,
          relation: await relationOf(context, input, options.input, folder),
          sessions: { input, answers },
          folder,
          output,
          signal,
          onProgress: (rows, ofRows) => {
            context.progress(rows / ofRows);
            if ((rows - told) * logEveryRows < ofRows) return;
            told = rows;
            context.log(`${rows} of ${ofRows} rows`);
          },
        });
        const { digest, bytes } = await blobs.putFile(output);
        await rm(join(layout.batch, leased.runId), { recursive: true, force: true });
        const { rows, failedRows, answered, seconds } = count;
        const rowsPerSecond = Math.round(answered / Math.max(seconds, 0.001));
        context.log(
          `${rows} rows, ${failedRows} without an answer; ${answered} in ${seconds.toFixed(1)} s, ${rowsPerSecond} rows/s`,
        );
        return { output: digest, bytes, rows, failedRows, rowsPerSecond, seconds };
      }),
    );
  } finally {
    await model.close();
  }
};
