import type { ControlClient } from '@mulle/client';
import { dayMs } from './flights.ts';
import { output, runPipeline } from './pipelines.ts';

interface Compared {
  loop: number;
  frozen: number;
  oracle: number;
}

export interface Week {
  /** First day, ISO. */
  week: string;
  n: number;
  logLoss: Compared;
  auc: Compared;
}

interface Quality {
  rows: number;
  logLoss: number;
  auc: number | null;
}

interface Report {
  served: Quality;
  models: Record<string, Quality>;
}

const frozen = 'flight-delay@1';

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/**
 * Judges one week: what was served, the frozen January model, and a model trained on everything up to the week, all on
 * the same requests with the features as they were served. Undefined when none of them has an outcome.
 */
async function judgeWeek(control: ControlClient, fromMs: number, untilMs: number): Promise<Week | undefined> {
  const trained = await runPipeline(control, 'yardstick', { until: day(fromMs) });
  const oracle = output(trained, 'train', 'model');
  const run = await runPipeline(control, 'backtest', {
    from: day(fromMs),
    until: day(untilMs),
    models: `${frozen},${oracle}`,
  });
  const report = JSON.parse(output(run, 'backtest', 'report')) as Report;
  const compared = (metric: 'logLoss' | 'auc'): Compared => ({
    loop: report.served[metric] ?? Number.NaN,
    frozen: report.models[frozen]?.[metric] ?? Number.NaN,
    oracle: report.models[oracle]?.[metric] ?? Number.NaN,
  });
  return { week: day(fromMs), n: report.served.rows, logLoss: compared('logLoss'), auc: compared('auc') };
}

/** Judges every week of [startMs, endMs); the last may be a part of one. */
export async function judgeWeeks(
  control: ControlClient,
  startMs: number,
  endMs: number,
  onWeek: (week: Week) => void,
): Promise<Week[]> {
  const weeks: Week[] = [];
  for (let fromMs = startMs; fromMs < endMs; fromMs += 7 * dayMs) {
    const week = await judgeWeek(control, fromMs, Math.min(endMs, fromMs + 7 * dayMs));
    if (week === undefined) continue;
    weeks.push(week);
    onWeek(week);
  }
  return weeks;
}

/** Mean over all weeks, weighted by their rows. */
export function overall(weeks: readonly Week[], metric: 'logLoss' | 'auc'): Compared {
  const n = weeks.reduce((sum, week) => sum + week.n, 0);
  const mean = (of: keyof Compared): number => weeks.reduce((sum, week) => sum + week[metric][of] * week.n, 0) / n;
  return { loop: mean('loop'), frozen: mean('frozen'), oracle: mean('oracle') };
}
