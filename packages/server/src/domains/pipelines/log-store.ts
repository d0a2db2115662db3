import type { LogLine } from '@mulle/contract';
import { limits } from '#kernel/limits.ts';
import { pageOf, readPageToken, type PageRequest, type Reader, type Transaction } from '#platform/database/index.ts';
import type { PipelineTables } from './pipeline-tables.ts';

/** A run keeps this many lines; the last one says that there were more. */
export const logLinesPerRun = 10_000;

export type NewLogLine = Omit<LogLine, 'sequence'>;

/** Adds lines to a run's log, each cut to its allowed length. */
export async function appendLog(
  trx: Transaction<PipelineTables>,
  runId: string,
  lines: readonly NewLogLine[],
): Promise<void> {
  const last = await trx
    .selectFrom('pipeline_logs')
    .select((expression) => expression.fn.max('sequence').as('sequence'))
    .where('run_id', '=', runId)
    .executeTakeFirst();
  const kept = last?.sequence ?? 0;
  const rows = lines.slice(0, logLinesPerRun - kept).map(({ timeMs, task, level, message }, index) => ({
    run_id: runId,
    sequence: kept + 1 + index,
    time_ms: Math.trunc(timeMs),
    task,
    level,
    message: message.slice(0, limits.logLineCharacters),
  }));
  const final = rows.at(-1);
  if (final?.sequence === logLinesPerRun)
    Object.assign(final, { level: 'warning', message: `A run keeps ${logLinesPerRun} lines: no more are kept.` });
  for (let from = 0; from < rows.length; from += 1_000)
    await trx
      .insertInto('pipeline_logs')
      .values(rows.slice(from, from + 1_000))
      .execute();
}

export interface LogFilter extends PageRequest {
  readonly task?: string;
  /** Lines beyond this number. */
  readonly after?: number;
}

/** Lines of a run, oldest first. */
export function listLog(reader: Reader<PipelineTables>, runId: string, filter: LogFilter) {
  const after = Number(readPageToken(filter) ?? filter.after ?? 0);
  const { task } = filter;
  return pageOf(
    filter,
    (count) =>
      reader
        .selectFrom('pipeline_logs')
        .selectAll()
        .where('run_id', '=', runId)
        .where('sequence', '>', after)
        .$if(task !== undefined, (query) => query.where('task', '=', task ?? ''))
        .orderBy('sequence')
        .limit(count)
        .execute(),
    (row) => row.sequence,
    ({ sequence, time_ms: timeMs, task: of, level, message }): LogLine => ({
      sequence,
      timeMs,
      task: of,
      level,
      message,
    }),
  );
}
