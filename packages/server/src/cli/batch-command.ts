import { openAsBlob, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import type { BatchInput, BatchJob } from '@mulle/contract';
import type { Command } from 'commander';
import { sleep } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import { print, printTable, say, time } from './print.ts';
import { parseTarget } from './parse-target.ts';
import { addClientOptions, openSession, type ClientCommandOptions, type Session } from './session.ts';

const datasetPrefix = 'dataset:';
const pollMs = 500;

/** `dataset:NAME[@VERSION]`, or a file, which is stored first. */
async function inputOf({ control }: Session, text: string): Promise<BatchInput> {
  if (text.startsWith(datasetPrefix)) {
    const [, dataset = '', version] = /^([^@]+)(?:@([1-9][0-9]*))?$/.exec(text.slice(datasetPrefix.length)) ?? [];
    if (dataset === '')
      throw new MulleError('invalid_argument', `"${text}" names no dataset. Write dataset:NAME[@VERSION].`);
    return { kind: 'dataset', dataset, ...(version === undefined ? {} : { version: Number(version) }) };
  }
  const format = /\.(parquet|csv)$/i.exec(text)?.[1]?.toLowerCase();
  if (format !== 'parquet' && format !== 'csv') {
    throw new MulleError('invalid_argument', `"${text}" is no .parquet or .csv file and no dataset:NAME.`);
  }
  await stat(text).catch((cause: unknown) => {
    throw new MulleError('not_found', `There is no file ${text}.`, { cause });
  });
  const { digest } = await control.putBlob((await openAsBlob(text)).stream());
  return { kind: 'file', digest, format };
}

function percent({ progress }: BatchJob): string {
  return progress === null ? '' : `${Math.floor(100 * progress)} %`;
}

/** Follows a batch to its end, a line for each step of five in a hundred. */
async function follow({ control }: Session, started: BatchJob): Promise<BatchJob> {
  let job = started;
  let told = -1;
  while (job.state === 'waiting' || job.state === 'running') {
    await sleep(pollMs);
    job = await control.call('getBatchJob', { params: { id: started.id } });
    const step = Math.floor(20 * (job.progress ?? 0));
    if (step > told && job.state === 'running')
      say(`${percent(job)}${job.attempt > 1 ? ` (attempt ${job.attempt})` : ''}`);
    told = Math.max(told, step);
  }
  return job;
}

async function download({ control }: Session, digest: string, path: string): Promise<void> {
  const { body } = await control.stream('getBlob', { params: { digest } });
  if (body === null) throw new MulleError('unavailable', 'The output could not be read. Try again.');
  await pipeline(Readable.fromWeb(body as ReadableStream<Uint8Array>), createWriteStream(path));
}

async function finish(session: Session, job: BatchJob, output: string): Promise<void> {
  const { report, error } = job;
  if (job.state !== 'succeeded' || report === null) {
    const why = error === null ? `It was ${job.state}.` : error.message;
    throw new MulleError(
      'invalid_state',
      `Batch ${job.id} made no output: ${why} Go on: mulle batch --resume ${job.id} ${output}`,
    );
  }
  await download(session, report.output, output);
  print(session, job, () => {
    const { rows, failedRows, rowsPerSecond } = report;
    say(`${rows} rows in ${output}, ${failedRows} without an answer; ${rowsPerSecond} rows/s.`);
  });
}

interface BatchOptions extends ClientCommandOptions {
  window?: string;
  resume?: string;
  wait: boolean;
}

async function run(words: readonly string[], options: BatchOptions): Promise<void> {
  const session = openSession(options);
  const { control } = session;
  if (options.resume !== undefined) {
    const [output] = words;
    if (output === undefined || words.length > 1)
      throw new MulleError('invalid_argument', 'Write: mulle batch --resume ID OUTPUT');
    const params = { id: options.resume };
    const job = await control.call('getBatchJob', { params });
    const isOver = job.state === 'failed' || job.state === 'cancelled';
    return finish(
      session,
      await follow(session, isOver ? await control.call('resumeBatchJob', { params }) : job),
      output,
    );
  }
  const [model, input, output] = words;
  if (model === undefined || input === undefined) return list(session);
  if (output === undefined || !output.endsWith('.parquet')) {
    throw new MulleError('invalid_argument', 'Write: mulle batch NAME[@ALIAS|:VERSION] INPUT OUTPUT.parquet');
  }
  const job = await control.call('createBatchJob', {
    body: {
      ...parseTarget(model),
      input: await inputOf(session, input),
      ...(options.window === undefined ? {} : { window: options.window }),
    },
  });
  say(`Batch ${job.id} of ${job.model}@${job.version} is started.`);
  if (!options.wait) return print(session, job, () => say(`Fetch it: mulle batch --resume ${job.id} ${output}`));
  await finish(session, await follow(session, job), output);
}

async function list(session: Session): Promise<void> {
  print(session, await session.control.call('listBatchJobs', { query: { limit: 20 } }), ({ items }) =>
    printTable(
      ['id', 'version', 'state', 'done', 'rows', 'rows/s', 'started'],
      items.map((job) => [
        job.id,
        `${job.model}@${job.version}`,
        job.state,
        percent(job),
        job.report?.rows ?? '',
        job.report?.rowsPerSecond ?? '',
        time(job.createdAtMs),
      ]),
    ),
  );
}

/** `mulle batch`: every row of a table, answered by a version. */
export function addBatchCommand(program: Command): void {
  addClientOptions(
    program
      .command('batch')
      .description(
        'answer every row of a dataset or file by a version, into a Parquet file; without arguments: the last ones',
      ),
  )
    .argument(
      '[words...]',
      'NAME[@ALIAS|:VERSION] INPUT OUTPUT.parquet; INPUT: a .parquet or .csv file, dataset:NAME[@VERSION]',
    )
    .option('--window <duration>', 'it fails when it takes longer (default 24h)')
    .option('--resume <id>', 'go on with this one, or wait for it, and fetch its output')
    .option('--no-wait', 'start it and return')
    .action(run);
}
