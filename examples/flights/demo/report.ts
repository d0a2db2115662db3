import type { IncidentReport } from './incidents.ts';
import type { Served } from './replay.ts';
import { overall, type Week } from './weeks.ts';

export interface DemoResult {
  served: Served;
  turns: number;
  incidents: IncidentReport[];
  weeks: Week[];
  wallSeconds: number;
  /** First and last day of the replay, ISO. */
  replayed: { from: string; until: string };
  /** Seconds of each step of the first turn. */
  firstTurn: Record<string, number>;
}

/** The object of `--json`. */
export function toJson(result: DemoResult) {
  return {
    requests: result.served.requests,
    failures: result.served.failures,
    bySource: result.served.bySource,
    ...result.served.latencies.summary(),
    turns: result.turns,
    incidents: result.incidents,
    weeks: result.weeks,
    logLoss: overall(result.weeks, 'logLoss'),
    auc: overall(result.weeks, 'auc'),
    replayed: result.replayed,
    firstTurn: result.firstTurn,
    wallSeconds: Math.round(result.wallSeconds),
  };
}

/** What went wrong, in sentences; nothing where all held. */
export function shortfalls(result: DemoResult): string[] {
  const missed: string[] = [];
  if (result.served.failures > 0)
    missed.push(`${result.served.failures} requests failed. ${result.served.errors.join('; ')}`);
  for (const incident of result.incidents)
    if (!incident.handled) missed.push(`The incident ${incident.name} was not handled.`);
  const logLoss = overall(result.weeks, 'logLoss');
  if (!(logLoss.loop < logLoss.frozen)) {
    missed.push(
      `The loop's log loss ${logLoss.loop.toFixed(4)} does not beat the frozen model's ${logLoss.frozen.toFixed(4)}.`,
    );
  }
  return missed;
}

function row(cells: readonly string[]): string {
  return cells.map((cell, i) => (i === 0 ? cell.padEnd(12) : cell.padStart(9))).join(' ');
}

/** The closing table. */
export function closingTable(result: DemoResult): string {
  const json = toJson(result);
  const figures = (week: Pick<Week, 'logLoss' | 'auc'>): string[] =>
    [week.logLoss.loop, week.logLoss.frozen, week.logLoss.oracle, week.auc.loop, week.auc.frozen, week.auc.oracle].map(
      (value) => value.toFixed(4),
    );
  const steps = Object.entries(result.firstTurn).map(([name, seconds]) => `${name} ${seconds.toFixed(1)} s`);
  return [
    '',
    `Replayed ${result.replayed.from} to ${result.replayed.until}`,
    row(['', 'n', 'log loss', '', '', 'AUC', '', '']),
    row(['week', '', 'loop', 'frozen', 'oracle', 'loop', 'frozen', 'oracle']),
    ...result.weeks.map((week) => row([week.week, String(week.n), ...figures(week)])),
    row(['all', String(result.weeks.reduce((sum, week) => sum + week.n, 0)), ...figures(json)]),
    '',
    `requests ${json.requests}, failures ${json.failures}; answers ${Object.entries(json.bySource)
      .map(([source, n]) => `${source} ${n}`)
      .join(', ')}`,
    `latency p50 ${json.p50Ms} ms, p95 ${json.p95Ms} ms, p99 ${json.p99Ms} ms, p99.9 ${json.p999Ms} ms`,
    `turns of the wheel ${json.turns}; first turn: ${steps.join(', ')}`,
    ...result.incidents.map(
      (incident) =>
        `incident ${incident.name}: ${incident.handled ? `handled in ${incident.seconds} s` : 'NOT handled'} (${incident.causeId} → ${incident.effectId})`,
    ),
    `took ${json.wallSeconds} s`,
  ].join('\n');
}
