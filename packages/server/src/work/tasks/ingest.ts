import { join } from 'node:path';
import { durationMs, type DatasetDefinition, type DatasetPart, type Manifest, type Source } from '@mulle/contract';
import { sourcePath } from '#domains/project/index.ts';
import { MulleError } from '#kernel/errors.ts';
import { confine, sqlName, sqlText, type DuckdbSession } from '#platform/duckdb/index.ts';
import { Lake } from '#platform/events/index.ts';
import type { TaskContext, TaskOptions, TaskRunner } from '../task-context.ts';
import { withDuckdb } from './duckdb-task.ts';
import { datasetRows, partRows, sourceRelation } from './dataset-sql.ts';
import { dayMs, missingDays, startOfDay, type Window } from './day-windows.ts';
import { eventTimeMs } from './option-text.ts';

/** The file to read a source from; outcomes are copied out of the lake first. */
interface SourceFile {
  path: string;
  format: Extract<Source, { kind: 'file' }>['format'];
  select: string | undefined;
}

export async function currentManifest(context: TaskContext): Promise<Manifest> {
  const { applied } = await context.control.call('currentManifest', {});
  if (applied === null) throw new MulleError('invalid_state', 'No project is applied. Run mulle apply first.');
  return applied.manifest;
}

function named<T extends { name: string }>(items: readonly T[], name: string, what: string): T {
  const found = items.find((item) => item.name === name);
  if (found === undefined) throw new MulleError('not_found', `The project has no ${what} "${name}".`);
  return found;
}

async function sourceFile(context: TaskContext, source: Source, dataset: DatasetDefinition): Promise<SourceFile> {
  const { layout, role, scratch } = context;
  if (source.kind === 'file') {
    const path = await sourcePath(source.path, role.config.sources.allowedRoots);
    return { path, format: source.format, select: source.select };
  }
  const lake = new Lake({
    dir: layout.journal,
    onProblem: (problem) => context.log(problem, 'warning'),
    memoryLimitMb: role.config.work.queryMemoryMb,
  });
  const path = join(scratch, 'outcomes.parquet');
  const columns =
    source.select === undefined
      ? dataset.fields.map((field) => `value.values.${sqlName(field.name)} AS ${sqlName(field.name)}`).join(', ')
      : 'value.values.*';
  try {
    await lake.copyEvents({ topic: 'outcomes', keys: [source.endpoint], sql: `SELECT ${columns} FROM events` }, path);
  } finally {
    lake.close();
  }
  return { path, format: 'parquet', select: source.select };
}

/** Makes `dataset_rows`, the source's rows in the dataset's columns. The user's SQL runs after the session is confined. */
async function defineRows(
  context: TaskContext,
  session: DuckdbSession,
  file: SourceFile,
  dataset: DatasetDefinition,
): Promise<void> {
  await confine(session, { directories: [context.scratch], files: [file.path] });
  await session.run(`CREATE VIEW source AS ${sourceRelation(file.path, file.format)}`);
  await session.run(`CREATE VIEW selected AS ${file.select ?? 'SELECT * FROM source'}`);
  const columns = await session.rows('DESCRIBE selected');
  const types = new Map(columns.map((column) => [String(column['column_name']), String(column['column_type'])]));
  await session.run(`CREATE TABLE dataset_rows AS ${datasetRows(dataset, types)}`);
}

async function windowsToRead(
  context: TaskContext,
  session: DuckdbSession,
  dataset: DatasetDefinition,
  options: TaskOptions<'ingest'>,
): Promise<Window[]> {
  const params = { name: dataset.name };
  const [{ latest }, quarantine] = await Promise.all([
    context.control.call('getDataset', { params }),
    context.control.call('listQuarantine', { params }),
  ]);
  const time = sqlName(dataset.eventTime);
  const [span] = await session.rows(
    `SELECT epoch_ms(min(${time})) AS first, epoch_ms(max(${time})) AS last FROM dataset_rows`,
  );
  const first = span?.['first'];
  const last = span?.['last'];
  if (typeof first !== 'number' || typeof last !== 'number') return [];
  const latenessMs = options.lateness === undefined ? 0 : durationMs(options.lateness);
  const fromMs =
    options.from === undefined
      ? (latest?.parts[0]?.fromMs ?? startOfDay(first))
      : eventTimeMs(options.from, 'from', last);
  // The day of the newest row may not be whole yet, in a file that grows as in a stream; `until` says that it is.
  const untilMs = options.until === undefined ? last - latenessMs : eventTimeMs(options.until, 'until', last);
  return missingDays(fromMs, Math.min(untilMs, startOfDay(last) + dayMs), [
    ...(latest?.parts ?? []),
    ...quarantine.items,
  ]);
}

async function writePart(
  context: TaskContext,
  session: DuckdbSession,
  dataset: DatasetDefinition,
  window: Window,
  source: string,
): Promise<DatasetPart> {
  const path = join(context.scratch, `part-${window.fromMs}.parquet`);
  const rows = partRows(dataset, window.fromMs, window.toMs);
  await session.run(`COPY (${rows}) TO ${sqlText(path)} (FORMAT parquet, COMPRESSION zstd)`);
  const [count] = await session.rows(`SELECT count(*) AS rows FROM read_parquet(${sqlText(path)})`);
  const stored = await context.blobs.putFile(path);
  return { ...window, digest: stored.digest, bytes: stored.bytes, rows: Number(count?.['rows']), source };
}

/** Reads the days that the dataset lacks from its source and stores a part for each; no version is made yet. */
export const runIngest: TaskRunner<'ingest'> = async (context, options) => {
  const manifest = await currentManifest(context);
  const dataset = named(manifest.datasets, options.dataset, 'dataset');
  const source = named(manifest.sources, options.source, 'source');
  const file = await sourceFile(context, source, dataset);
  return withDuckdb(context, async (session) => {
    await defineRows(context, session, file, dataset);
    const windows = await windowsToRead(context, session, dataset, options);
    const parts: DatasetPart[] = [];
    for (const window of windows) {
      context.signal.throwIfAborted();
      parts.push(await writePart(context, session, dataset, window, source.name));
      context.progress(parts.length / windows.length);
    }
    const rows = parts.reduce((sum, part) => sum + part.rows, 0);
    context.log(`${parts.length} days, ${rows} rows from ${source.name}`);
    return {
      parts: JSON.stringify(parts),
      rows,
      fromMs: parts[0]?.fromMs ?? null,
      toMs: parts.at(-1)?.toMs ?? null,
    };
  });
};
