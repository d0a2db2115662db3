/**
 * Compaction: moves what is old in the journals into Parquet, and removes decisions whose time of keeping is over.
 *
 * A compactor is a process of its own, for it loads DuckDB. Work starts one when there is something to do, and it ends
 * when nothing was for a while: asleep → (due) → running, round after round → (idle) → asleep.
 *
 * Rows stay in the tail for a minute, for what follows the journals reads there cheaply, and until enough are together
 * to make a file worth opening. When that leaves more than the tail should hold, younger ones go as well.
 * The first round of a start sweeps what a crash left.
 */
import { mkdirSync } from 'node:fs';
import { homeLayout, type RoleConfig } from '#config/index.ts';
import { monotonicMs, nowMs } from '#kernel/clock.ts';
import { CompactionWatch, Compactor, type CompactionTerms } from '#platform/events/index.ts';
import type { RunningChild, SupervisedProcess } from '#platform/processes/index.ts';
import { problemLog, repeat } from './repeat.ts';

export interface CompactionPace {
  everyMs: number;
  /** Rows younger than this stay in the tail … */
  minAgeMs: number;
  /** … unless that leaves more than this; then those older than `pressedAgeMs` go. */
  maxTailRows: number;
  pressedAgeMs: number;
  /** Fewer rows wait, up to an hour. */
  minRows: number;
  /** A compactor that had nothing to do for so long ends. */
  idleMs: number;
}

const defaultPace: CompactionPace = {
  everyMs: 10_000,
  minAgeMs: 60_000,
  maxTailRows: 200_000,
  pressedAgeMs: 5_000,
  minRows: 10_000,
  idleMs: 120_000,
};

const stopGraceMs = 5_000;

function termsOf({ config }: RoleConfig, { minAgeMs, minRows, maxTailRows }: CompactionPace): CompactionTerms {
  return {
    minAgeMs,
    minRows,
    maxTailRows,
    keepDays: { decisions: config.retention.decisionDays, shadows: config.retention.decisionDays },
  };
}

/** Runs a compactor whenever one is due. `start` starts its process, which nobody else starts again. */
export function watchCompaction(
  role: RoleConfig,
  start: () => SupervisedProcess,
  pace: CompactionPace = defaultPace,
): { stop(): Promise<void> } {
  const dir = homeLayout(role.config.home).journal;
  mkdirSync(dir, { recursive: true });
  const onProblem = problemLog('compaction');
  const watch = new CompactionWatch(dir, onProblem);
  const terms = termsOf(role, pace);
  const stopping = new AbortController();
  const turns = repeat({
    signal: stopping.signal,
    everyMs: pace.everyMs,
    onProblem: (reason) => onProblem(`Looking for work failed: ${reason}`),
    async work() {
      if (!watch.isDue(terms, nowMs())) return;
      const child = start();
      const stop = (): void => void child.stop(stopGraceMs);
      stopping.signal.addEventListener('abort', stop, { once: true });
      const how = await child.ended;
      stopping.signal.removeEventListener('abort', stop);
      if (how !== 'exit 0' && !stopping.signal.aborted) onProblem(`The compactor ended (${how}).`);
    },
  });
  return {
    async stop() {
      stopping.abort();
      await turns;
      watch.close();
    },
  };
}

/** The compactor's process. */
export async function startCompactor(role: RoleConfig, pace: CompactionPace = defaultPace): Promise<RunningChild> {
  const dir = homeLayout(role.config.home).journal;
  mkdirSync(dir, { recursive: true });
  const onProblem = problemLog('compactor');
  const options = { dir, onProblem, ...termsOf(role, pace) };
  const calm = new Compactor(options);
  const pressed = new Compactor({ ...options, minAgeMs: pace.pressedAgeMs });
  const watch = new CompactionWatch(dir, onProblem);
  const stopping = new AbortController();
  const idle = Promise.withResolvers<void>();
  let busyAtMs = monotonicMs();
  const rounds = repeat({
    signal: stopping.signal,
    everyMs: pace.everyMs,
    onProblem: (reason) => onProblem(`A round failed: ${reason}`),
    async work() {
      const done = [await calm.compactAll(stopping.signal)];
      for (const writer of watch.tailsAbove(pace.maxTailRows)) {
        done.push(await pressed.compactWriter(writer, stopping.signal));
      }
      if (done.some(({ rounds: some, expired }) => some + expired > 0)) busyAtMs = monotonicMs();
      else if (monotonicMs() - busyAtMs >= pace.idleMs) idle.resolve();
    },
  });
  return {
    finished: idle.promise,
    async stop() {
      stopping.abort();
      await rounds;
      watch.close();
      await Promise.all([calm.close(), pressed.close()]);
    },
  };
}
