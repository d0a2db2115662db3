import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A machine's state at a time and what became of it. */
export interface Reading {
  at: string;
  known_at: string;
  line: string;
  load: number;
  stopped: boolean;
}

/** Seeded mulberry32: uniform on [0, 1), the same on every machine. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const lines = ['A', 'B', '다'];
export const historyStartMs = Date.UTC(2024, 0, 1);
export const historyDays = 6;
const perDay = 200;
const dayMs = 86_400_000;

/** A reading at a time: it stops with log odds of four times its load, give or take its line. `shift`: how much hotter all run. */
export function reading(atMs: number, random: () => number, shift = 0): Reading {
  const load = 2 * random() - 1 + shift;
  const line = Math.floor(random() * lines.length);
  const stopped = random() < 1 / (1 + Math.exp(-(4 * load + 0.5 * (line - 1))));
  return {
    at: new Date(atMs).toISOString(),
    known_at: new Date(atMs + 3_600_000).toISOString(),
    line: lines[line] ?? '',
    load,
    stopped,
  };
}

/** Writes `readings.csv`, the project's history, into a folder. */
export function writeHistory(folder: string, seed = 1): void {
  const random = seeded(seed);
  const rows = Array.from({ length: historyDays * perDay }, (_, row) =>
    reading(historyStartMs + (row * dayMs) / perDay, random),
  );
  const text = rows.map((row) => [row.at, row.known_at, row.line, row.load, row.stopped].join(',')).join('\n');
  writeFileSync(join(folder, 'readings.csv'), `at,known_at,line,load,stopped\n${text}\n`);
}
