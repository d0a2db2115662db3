import { DatasetPart, fits, type DatasetVersion } from '@mulle/contract';
import { MulleError } from '#kernel/errors.ts';
import { confine, sqlText, type DuckdbSession } from '#platform/duckdb/index.ts';
import type { TaskContext, TaskOptions, TaskRunner } from '../task-context.ts';
import { withDuckdb } from './duckdb-task.ts';
import { currentManifest } from './ingest.ts';
import { jsonText } from './option-text.ts';
import { runCheck, type CheckedWindow, type Violation } from './validation-checks.ts';

/** Days of the version before that a new day's distribution is compared with: a week, so that weekdays cancel out. */
const referenceParts = 7;

function isParts(value: unknown): value is DatasetPart[] {
  return Array.isArray(value) && value.every((part) => fits(DatasetPart, part));
}

async function relation(
  context: TaskContext,
  parts: readonly DatasetPart[],
): Promise<{ sql: string; files: string[] }> {
  const files = await Promise.all(parts.map((part) => context.blobs.localPath(part.digest)));
  return { sql: `read_parquet([${files.map(sqlText).join(', ')}])`, files };
}

async function report(context: TaskContext, dataset: string, part: DatasetPart, violation: Violation): Promise<string> {
  const day = new Date(part.fromMs).toISOString().slice(0, 10);
  const stops = violation.action === 'stop';
  const finding = await context.control.call('createFinding', {
    body: {
      kind: 'data-validation',
      severity: stops ? 'critical' : 'warning',
      monitor: `${dataset}.${violation.check}`,
      endpoint: null,
      dataset,
      subject: violation.subject,
      statistics: violation.statistics,
      window: { fromMs: part.fromMs, toMs: part.toMs, rows: part.rows },
      message: { en: `${dataset}, ${day}: ${violation.message.en}`, ko: `${dataset}, ${day}: ${violation.message.ko}` },
      recommendation: stops
        ? {
            en: 'The day is kept out of training. Mend the source, lift the quarantine and ingest again.',
            ko: '이 날짜는 학습에서 제외했어요. 원천을 고친 뒤 격리를 풀고 다시 수집하세요.',
          }
        : { en: 'Look at the column before the next training.', ko: '다음 학습 전에 이 열을 확인하세요.' },
      causeId: context.leased.causeId,
    },
  });
  context.log(finding.message.en, stops ? 'error' : 'warning');
  return finding.id;
}

/** Checks one day; answers the id of the finding that stops it, if any. */
async function checkPart(
  context: TaskContext,
  session: DuckdbSession,
  checks: TaskOptions<'validate'>['checks'],
  window: CheckedWindow,
  part: DatasetPart,
): Promise<string | undefined> {
  let stoppedBy: string | undefined;
  for (const check of checks ?? window.dataset.checks) {
    for (const violation of await runCheck(session, window, check)) {
      const findingId = await report(context, window.dataset.name, part, violation);
      if (violation.action === 'stop') stoppedBy ??= findingId;
    }
  }
  return stoppedBy;
}

async function quarantine(context: TaskContext, dataset: string, part: DatasetPart, findingId: string): Promise<void> {
  await context.control.call('quarantineWindow', {
    params: { name: dataset },
    body: { fromMs: part.fromMs, toMs: part.toMs, reason: 'validation failed', findingId, causeId: findingId },
  });
}

/** The version that all parts make together with those before; the same version where there is nothing new. */
async function commit(
  context: TaskContext,
  dataset: string,
  parts: readonly DatasetPart[],
  latest: DatasetVersion | null,
): Promise<DatasetVersion> {
  if (parts.length === 0) {
    if (latest === null)
      throw new MulleError('validation_failed', `The dataset "${dataset}" has no version, and nothing was ingested.`);
    context.log(`nothing new; version ${latest.version} stands`);
    return latest;
  }
  return context.control.call('createDatasetVersion', {
    params: { name: dataset },
    body: { parts: [...parts], parent: latest?.version ?? null, causeId: context.leased.causeId },
  });
}

/** Holds new parts to the dataset's checks; only what passes becomes a version. */
export const runValidate: TaskRunner<'validate'> = async (context, options) => {
  const parts = jsonText(options.parts, 'parts', isParts);
  const manifest = await currentManifest(context);
  const dataset = manifest.datasets.find((one) => one.name === options.dataset);
  if (dataset === undefined) throw new MulleError('not_found', `The project has no dataset "${options.dataset}".`);
  const { latest } = await context.control.call('getDataset', { params: { name: dataset.name } });
  const before = latest === null ? null : await relation(context, latest.parts.slice(-referenceParts));
  const fresh = await Promise.all(parts.map(async (part) => ({ part, rows: await relation(context, [part]) })));
  const stopped = await withDuckdb(context, async (session) => {
    const files = [...(before?.files ?? []), ...fresh.flatMap(({ rows }) => rows.files)];
    await confine(session, { directories: [], files });
    const days: string[] = [];
    for (const [i, { part, rows }] of fresh.entries()) {
      const window = { dataset, rows: rows.sql, reference: before?.sql ?? null, toMs: part.toMs };
      const findingId = await checkPart(context, session, options.checks, window, part);
      if (findingId !== undefined) {
        await quarantine(context, dataset.name, part, findingId);
        days.push(new Date(part.fromMs).toISOString().slice(0, 10));
      }
      context.progress((i + 1) / fresh.length);
    }
    return days;
  });
  if (stopped.length > 0) {
    throw new MulleError(
      'validation_failed',
      `Validation of "${dataset.name}" failed for ${stopped.join(', ')}; the findings name the rows. These days are kept out.`,
    );
  }
  const version = await commit(context, dataset.name, parts, latest);
  context.log(`${dataset.name} version ${version.version}: ${version.rows} rows in ${version.parts.length} days`);
  return { datasetVersion: version.version, rows: version.rows };
};
