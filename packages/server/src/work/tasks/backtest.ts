import { join } from 'node:path';
import { logLoss, rocAuc } from '@mulle/stats';
import { featureMatrix, type FeatureMatrix } from '#domains/training/index.ts';
import { MulleError } from '#kernel/errors.ts';
import { sqlName, sqlText, type DuckdbSession } from '#platform/duckdb/index.ts';
import { Lake } from '#platform/events/index.ts';
import type { TaskContext, TaskOptions, TaskRunner } from '../task-context.ts';
import { withDuckdb } from './duckdb-task.ts';
import { resolveModel } from './model-reference.ts';
import { onnxScores } from './onnx-scores.ts';
import { eventTimeMs } from './option-text.ts';

interface Answered {
  features: FeatureMatrix;
  label: Uint8Array;
  /** As it was served, by whatever version or fallback answered. */
  served: Float64Array;
}

/** Copies decisions and their outcomes out of the lake into two files. */
async function copyEvents(
  context: TaskContext,
  options: TaskOptions<'backtest'>,
): Promise<{ decisions: string; outcomes: string }> {
  const fromMs = eventTimeMs(options.from, 'from', Number.NaN);
  const untilMs = eventTimeMs(options.until, 'until', Number.NaN);
  const lake = new Lake({
    dir: context.layout.journal,
    onProblem: (problem) => context.log(problem, 'warning'),
    memoryLimitMb: context.role.config.work.queryMemoryMb,
  });
  const decisions = join(context.scratch, 'decisions.parquet');
  const outcomes = join(context.scratch, 'outcomes.parquet');
  const keys = [options.endpoint];
  try {
    await lake.copyEvents(
      {
        topic: 'decisions',
        keys,
        sql: `SELECT id, value.score AS score, value.features AS features FROM events
          WHERE NOT value.pinned AND value.score IS NOT NULL AND value.eventTimeMs >= ${fromMs} AND value.eventTimeMs < ${untilMs}`,
      },
      decisions,
    );
    await lake.copyEvents(
      {
        topic: 'outcomes',
        keys,
        sql: `SELECT value.decisionId AS id, value.values.${sqlName(options.label)}::INTEGER AS label FROM events
          WHERE value.decisionId IS NOT NULL AND value.values.${sqlName(options.label)} IS NOT NULL`,
      },
      outcomes,
    );
  } finally {
    lake.close();
  }
  return { decisions, outcomes };
}

async function readAnswered(session: DuckdbSession, files: { decisions: string; outcomes: string }): Promise<Answered> {
  // A decision with two outcomes counts once, with the first that came.
  await session.run(
    `CREATE TABLE answered AS SELECT d.score, o.label, unnest(d.features) FROM read_parquet(${sqlText(files.decisions)}) d
      JOIN (SELECT id, first(label) AS label FROM read_parquet(${sqlText(files.outcomes)}) GROUP BY id) o USING (id) ORDER BY d.id`,
  );
  const described = await session.rows('DESCRIBE answered');
  const names = described
    .map((column) => String(column['column_name']))
    .filter((name) => name !== 'score' && name !== 'label');
  const rows = await session.rows('SELECT * FROM answered');
  const column = (name: string) =>
    Float32Array.from(rows, (row) => (typeof row[name] === 'number' ? row[name] : Number.NaN));
  return {
    features: featureMatrix(names, names.map(column)),
    label: Uint8Array.from(rows, (row) => Number(row['label'])),
    served: Float64Array.from(rows, (row) => Number(row['score'])),
  };
}

function quality(scores: Float64Array, label: Uint8Array): { rows: number; logLoss: number; auc: number | null } {
  const auc = rocAuc(scores, label);
  return { rows: label.length, logLoss: logLoss(scores, label), auc: Number.isNaN(auc) ? null : auc };
}

/** Blob and input columns of a registered version, or of a bare blob, which reads the features as they were served. */
async function modelFile(
  context: TaskContext,
  reference: string,
  names: readonly string[],
): Promise<{ path: string; features: readonly string[] }> {
  if (/^[0-9a-f]{64}$/.test(reference)) return { path: await context.blobs.localPath(reference), features: names };
  const version = await resolveModel(context.control, reference);
  if (version === undefined) throw new MulleError('not_found', `There is no model version "${reference}".`);
  return { path: await context.blobs.localPath(version.artifact.digest), features: version.features };
}

/** How other models would have answered what was asked, on the features as they were served. */
export const runBacktest: TaskRunner<'backtest'> = async (context, options) => {
  const files = await copyEvents(context, options);
  const answered = await withDuckdb(context, (session) => readAnswered(session, files));
  const rows = answered.label.length;
  if (rows === 0) {
    throw new MulleError(
      'validation_failed',
      `No decision of "${options.endpoint}" between ${options.from} and ${options.until} has an outcome yet.`,
    );
  }
  const models: Record<string, unknown> = {};
  for (const reference of options.models.split(',').map((one) => one.trim())) {
    if (reference === '') continue;
    const { path, features } = await modelFile(context, reference, answered.features.names);
    models[reference] = quality(await onnxScores(path, features, answered.features), answered.label);
  }
  const report = { served: quality(answered.served, answered.label), models };
  context.log(JSON.stringify(report));
  return { rows, report: JSON.stringify(report) };
};
