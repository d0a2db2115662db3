/**
 * The compactor: moves what is old in the journals into Parquet, and removes decisions whose time of keeping is over.
 *
 * Rows stay in the tail for a minute, for what follows the journals reads there cheaply, and until enough are together
 * to make a file worth opening. When more come in a minute than the tail should hold, younger ones go as well.
 * The first round of a start sweeps what a crash left.
 */
import { mkdirSync } from 'node:fs';
import { homeLayout, type RoleConfig } from '#config/index.ts';
import { monotonicMs } from '#kernel/clock.ts';
import { Compactor, JournalReader, type ConsumerPositions } from '#platform/events/index.ts';
import type { RunningChild } from '#platform/processes/index.ts';
import { problemLog, repeat } from './repeat.ts';

export interface CompactionPace {
  everyMs: number;
  /** Rows younger than this stay in the tail … */
  minAgeMs: number;
  /** … unless more than this came within that time; then those older than `pressedAgeMs` go. */
  maxTailRows: number;
  pressedAgeMs: number;
  /** Fewer rows wait, up to an hour. */
  minRows: number;
}

const defaultPace: CompactionPace = {
  everyMs: 10_000,
  minAgeMs: 60_000,
  maxTailRows: 200_000,
  pressedAgeMs: 5_000,
  minRows: 10_000,
};

export async function startCompactor(role: RoleConfig, pace: CompactionPace = defaultPace): Promise<RunningChild> {
  const dir = homeLayout(role.config.home).journal;
  mkdirSync(dir, { recursive: true });
  const onProblem = problemLog('compactor');
  const keepDays = { decisions: role.config.retention.decisionDays };
  const options = { dir, onProblem, keepDays, minRows: pace.minRows };
  const calm = new Compactor({ ...options, minAgeMs: pace.minAgeMs });
  const pressed = new Compactor({ ...options, minAgeMs: pace.pressedAgeMs });
  const reader = new JournalReader({ dir, onProblem });
  const tails = new RecentRows(pace.minAgeMs);
  const stopping = new AbortController();
  const rounds = repeat({
    signal: stopping.signal,
    everyMs: pace.everyMs,
    onProblem: (reason) => onProblem(`A round failed: ${reason}`),
    async work() {
      tails.note(reader.endOffsets(), monotonicMs());
      await calm.compactAll(stopping.signal);
      for (const writer of tails.above(pace.maxTailRows)) await pressed.compactWriter(writer, stopping.signal);
    },
  });
  return {
    async stop() {
      stopping.abort();
      await rounds;
      await Promise.all([calm.close(), pressed.close(), reader.close()]);
    },
  };
}

/** How many rows each writer has added within a time: what a compactor that waits so long leaves in the tail. */
export class RecentRows {
  readonly #withinMs: number;
  #samples: { atMs: number; ends: ConsumerPositions }[] = [];

  constructor(withinMs: number) {
    this.#withinMs = withinMs;
  }

  note(ends: ConsumerPositions, atMs: number): void {
    this.#samples.push({ atMs, ends });
    // The oldest sample kept is the last that is at least so old.
    const oldest = this.#samples.findLastIndex((sample) => sample.atMs <= atMs - this.#withinMs);
    if (oldest > 0) this.#samples = this.#samples.slice(oldest);
  }

  /** Writers with more than `rows` of them. */
  above(rows: number): string[] {
    const first = this.#samples.at(0)?.ends ?? {};
    const last = this.#samples.at(-1)?.ends ?? {};
    return Object.entries(last).flatMap(([writer, end]) => (end - (first[writer] ?? 0) > rows ? [writer] : []));
  }
}
