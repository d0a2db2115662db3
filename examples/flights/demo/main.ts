import { setTimeout as wait } from 'node:timers/promises';
import { project } from '../mulle.config.ts';
import { ActivityLog } from './activity.ts';
import { dayMs, FlightFile } from './flights.ts';
import {
  deployBroken,
  killHost,
  planIncidents,
  watchKilometres,
  type IncidentPlan,
  type IncidentReport,
} from './incidents.ts';
import { narrate } from './narrate.ts';
import { readOptions, type DemoOptions } from './options.ts';
import { paceOf } from './pace.ts';
import { runPipeline } from './pipelines.ts';
import { startPlatform, type RunningPlatform } from './platform.ts';
import { Replay } from './replay.ts';
import { closingTable, shortfalls, toJson } from './report.ts';
import { seeded } from './seeded.ts';
import { judgeWeeks } from './weeks.ts';

const startMs = Date.UTC(2001, 1, 1);
const lastMs = Date.UTC(2001, 6, 1);
/** The default run ends within ten minutes: the replay stops when what is left is needed to judge its weeks. */
const wallBudgetMs = 540_000;
/** Days that are played beyond the end while an incident is still being handled. */
const mostExtraDays = 10;

const options = readOptions();
const out = options.json ? process.stderr : process.stdout;

function say(text: string): void {
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1).padStart(6);
  out.write(`${seconds} s  ${text}\n`);
}
const startedMs = performance.now();

async function firstTurn(platform: RunningPlatform): Promise<Record<string, number>> {
  const seconds: Record<string, number> = {};
  await platform.control.call('applyManifest', { body: project });
  const run = await runPipeline(platform.control, 'first-model', { seed: options.seed }, (task, state, taken) => {
    if (state === 'succeeded') {
      seconds[task] = taken;
      say(`${task} ${taken.toFixed(1)} s`);
    }
  });
  if (run.state !== 'succeeded') {
    const failed = run.tasks.find((task) => task.error !== null);
    throw new Error(`The first pipeline ${run.state}: ${failed?.name}: ${failed?.error?.message}`);
  }
  return seconds;
}

/** Lets things go wrong at their time; the platform is told of none of it. */
class Mishaps {
  readonly reports: Promise<IncidentReport>[] = [];
  /** Incidents whose end is not known yet: traffic goes on until it is. */
  open = 0;
  readonly #plan: IncidentPlan | undefined;
  readonly #platform: RunningPlatform;
  readonly #log: ActivityLog;
  #killed = false;
  #broken = false;
  #kilometres = false;

  constructor(plan: IncidentPlan | undefined, platform: RunningPlatform, log: ActivityLog) {
    this.#plan = plan;
    this.#platform = platform;
    this.#log = log;
  }

  inKilometres(ms: number): boolean {
    const from = this.#plan?.kilometresFromMs ?? Infinity;
    return ms >= from && ms < from + dayMs;
  }

  #watch(report: Promise<IncidentReport>): void {
    this.open++;
    this.reports.push(report.finally(() => this.open--));
  }

  tick(nowMs: number): void {
    if (this.#plan === undefined) return;
    const announce = (text: string): void => say(`INCIDENT  ${text}`);
    if (!this.#killed && nowMs >= this.#plan.killAtMs) {
      this.#killed = true;
      this.#watch(killHost(this.#platform.control, announce));
    }
    if (!this.#kilometres && nowMs >= this.#plan.kilometresFromMs) {
      this.#kilometres = true;
      announce('distance arrives in kilometres for a day');
      this.#watch(watchKilometres(this.#log, Date.now()));
    }
    if (!this.#broken && nowMs >= this.#plan.brokenAtMs) {
      this.#broken = true;
      this.#watch(deployBroken(this.#platform.control, this.#log, announce));
    }
  }
}

async function replayDays(
  replay: Replay,
  mishaps: Mishaps,
  secondsPerDay: number,
  judgeWeekMs: number,
): Promise<number> {
  let dayStartMs = startMs;
  const untilMs = options.untilMs ?? lastMs;
  const goesOn = (): boolean => {
    const weeks = Math.ceil((dayStartMs + dayMs - startMs) / (7 * dayMs));
    const inTime = performance.now() - startedMs + weeks * judgeWeekMs < wallBudgetMs;
    if (dayStartMs < untilMs && (options.untilMs !== undefined || inTime)) return true;
    return mishaps.open > 0 && dayStartMs < Math.min(lastMs, untilMs + mostExtraDays * dayMs);
  };
  while (goesOn()) {
    const dayBeganMs = performance.now();
    const fromMs = dayStartMs;
    await replay.day(fromMs, async (nowMs) => {
      mishaps.tick(nowMs);
      const aheadMs = ((nowMs - fromMs) / dayMs) * secondsPerDay * 1_000 - (performance.now() - dayBeganMs);
      if (aheadMs > 1) await wait(aheadMs);
    });
    dayStartMs += dayMs;
    const { p99Ms } = replay.served.latencies.summary();
    say(
      `${new Date(fromMs).toISOString().slice(0, 10)}  ${replay.served.requests} requests, ${replay.served.failures} failures, p99 ${p99Ms} ms`,
    );
  }
  return dayStartMs;
}

async function main(platform: RunningPlatform, demo: DemoOptions): Promise<boolean> {
  say(`console ${platform.controlUrl}`);
  const log = new ActivityLog();
  log.onEvent((event) => {
    const line = narrate(event, out);
    if (line !== undefined) say(line);
  });
  log.follow(platform.control);
  const turn = await firstTurn(platform);
  const random = seeded(demo.seed);
  const plan = demo.incidents
    ? planIncidents(startMs, ((demo.untilMs ?? lastMs) - startMs) / dayMs, random)
    : undefined;
  const mishaps = new Mishaps(plan, platform, log);
  const learningSeconds = ['features', 'train', 'evaluate'].reduce((sum, task) => sum + (turn[task] ?? 0), 0);
  const pace = paceOf(startMs, demo.untilMs, learningSeconds);
  const replay = new Replay({
    inference: platform.inference,
    flights: await FlightFile.open(),
    random,
    sample: pace.sample,
    inKilometres: (ms) => mishaps.inKilometres(ms),
  });
  say(`${await replay.warmUp(startMs)} landings of the last days of January told`);
  // A week is judged by training a model of at least the first one's size, and by scoring.
  const judgeWeekMs = 1_000 * (1.3 * learningSeconds + 6);
  say(`a day of flights takes ${pace.secondsPerDay.toFixed(1)} s, ${Math.round(100 * pace.sample)} % are asked about`);
  const endMs = await replayDays(replay, mishaps, pace.secondsPerDay, judgeWeekMs);
  const incidents = await Promise.all(mishaps.reports);
  say('judging each week: what was served, the frozen January model, a model of everything up to the week');
  const weeks = await judgeWeeks(platform.control, startMs, endMs, (week) =>
    say(`week ${week.week}: log loss ${week.logLoss.loop.toFixed(4)} served, ${week.logLoss.frozen.toFixed(4)} frozen`),
  );
  log.stop();
  const result = {
    served: replay.served,
    turns: log.events.filter((event) => event.type === 'release-promoted').length,
    incidents,
    weeks,
    wallSeconds: (performance.now() - startedMs) / 1_000,
    replayed: {
      from: new Date(startMs).toISOString().slice(0, 10),
      until: new Date(endMs - dayMs).toISOString().slice(0, 10),
    },
    firstTurn: turn,
  };
  out.write(`${closingTable(result)}\n`);
  const missed = shortfalls(result);
  for (const sentence of missed) out.write(`${sentence}\n`);
  if (demo.json) process.stdout.write(`${JSON.stringify(toJson(result))}\n`);
  return missed.length === 0;
}

const platform = await startPlatform();
let ending = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (ending) return;
    ending = true;
    void platform.stop().then(() => process.exit(130));
  });
}
let ok = false;
try {
  ok = await main(platform, options);
  if (options.stay) {
    say(`The platform stays up: ${platform.controlUrl} ; Ctrl-C ends it.`);
    await new Promise(() => undefined);
  }
} finally {
  await platform.stop();
}
process.exit(ok ? 0 : 1);
