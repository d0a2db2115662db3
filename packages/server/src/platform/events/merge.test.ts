import { mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { NewEvent, StoredEvent } from '@mulle/contract';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CompactionWatch, Compactor, exportEvents, JournalReader, Lake, openJournalWriter } from './index.ts';
import { readStep, type ReadStep } from './journal-reader.ts';
import { chooseMerge, type RoundSize } from './merge-choice.ts';
import { publishMerge } from './merge-rounds.ts';
import { readSegments } from './segment-manifest.ts';

describe('rounds to merge', () => {
  const kib = 1024;
  const rounds = (...kibs: number[]): RoundSize[] => kibs.map((size, last) => ({ last, bytes: size * kib }));
  const chosen = (...kibs: number[]): number[] | undefined => chooseMerge(rounds(...kibs))?.map(({ last }) => last);
  const times = (n: number, size: number): number[] => Array.from({ length: n }, () => size);

  test('eight alike, the oldest first; seven wait', () => {
    expect(chosen(...times(7, 10))).toBeUndefined();
    expect(chosen(...times(10, 10))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(chosen(400, ...times(8, 10))).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test('a large one is not written anew for seven small ones', () => {
    expect(chosen(400, ...times(7, 10))).toBeUndefined();
    expect(chosen(...times(4, 400), ...times(4, 10))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test('not past 64 MiB', () => {
    expect(chosen(...times(8, 8 * 1024))).toHaveLength(8);
    expect(chosen(...times(20, 8 * 1024 + 1))).toBeUndefined();
  });
});

describe('a merge', () => {
  let dir: string;
  let problems: string[];
  let opened: { close(): unknown }[];
  const onProblem = (message: string): number => problems.push(message);
  const keep = <T extends { close(): unknown }>(made: T): T => {
    opened.push(made);
    return made;
  };

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'mulle-merge-'));
    problems = [];
    opened = [];
  });
  afterEach(async () => {
    for (const each of opened) await each.close();
    rmSync(dir, { recursive: true });
  });

  const hourMs = 3_600_000;
  const event = (index: number): NewEvent => ({
    topic: index % 5 === 0 ? 'outcomes' : 'decisions',
    type: 't',
    key: index % 2 === 0 ? 'even' : 'odd',
    id: `e${index}`,
    timeMs: Date.UTC(2001, 0, 1) + index * hourMs,
    value: { index, note: `n${index}` },
  });

  const write = async (events: number): Promise<void> => {
    const writer = await openJournalWriter({ dir, writer: 'w', onProblem });
    await writer.appendDurable(Array.from({ length: events }, (_, index) => event(index)));
    await writer.close();
  };
  const compactor = (options = {}): Compactor => keep(new Compactor({ dir, onProblem, maxRows: 10, ...options }));
  const reader = (options = {}): JournalReader => keep(new JournalReader({ dir, onProblem, ...options }));
  const all = async (from: JournalReader): Promise<StoredEvent[]> => {
    const events: StoredEvent[] = [];
    for await (const each of exportEvents(from)) events.push(each);
    return events;
  };
  const files = (): string[] => readdirSync(join(dir, 'segments')).toSorted();
  const manifest = () => {
    const journal = new DatabaseSync(join(dir, 'w.sqlite'));
    const segments = readSegments(journal);
    journal.close();
    return segments;
  };

  /** Small rounds, as a compactor leaves them that could not merge. */
  const roundsOnly = async (): Promise<void> => {
    const fails = (): never => {
      throw new Error('not now');
    };
    await compactor({ publishMerge: fails }).compactAll();
    expect(problems.splice(0)).toEqual([expect.stringMatching(/not now.*stay where they are/)]);
  };

  test('leaves a file for each topic, key and day, and every event where it was, for every position', async () => {
    await write(72);
    const before = await all(reader());
    await roundsOnly();
    expect(files()).toHaveLength(72);
    expect(await all(reader())).toEqual(before);
    const watch = keep(new CompactionWatch(dir, onProblem));
    const terms = { minAgeMs: 0, minRows: 1, maxTailRows: 1_000, keepDays: {} };
    expect(watch.isDue(terms, Date.now())).toBe(true);
    expect(await compactor().compactAll()).toMatchObject({ rounds: 0, merged: 72 - 12 });
    // What was merged away goes with the next pass.
    await compactor().compactAll();
    expect(files()).toEqual(
      manifest()
        .map(({ file }) => file)
        .toSorted(),
    );
    expect(files()).toHaveLength(12);
    expect(new Set(manifest().map(({ roundLast }) => roundLast))).toEqual(new Set([72]));
    expect(watch.isDue(terms, Date.now())).toBe(false);
    const merged = reader();
    expect(await all(merged)).toEqual(before);
    for (const afterOffset of [0, 1, 9, 10, 35, 71]) {
      const page = await merged.readAfter({ writer: 'w', topics: ['decisions', 'outcomes'], afterOffset, limit: 7 });
      expect(page.events.map(({ offset }) => offset)).toEqual(
        before.slice(afterOffset, afterOffset + 7).map(({ offset }) => offset),
      );
    }
    const lake = keep(new Lake({ dir, onProblem }));
    const sql = 'SELECT count(*) AS n, sum(value.index) AS s FROM events';
    expect(await lake.queryEvents({ topic: 'outcomes', keys: ['odd'], sql })).toEqual([
      { n: 7, s: 5 + 15 + 25 + 35 + 45 + 55 + 65 },
    ]);
    expect(problems).toEqual([]);
  });

  test('takes what was set aside along, and leaves it unread', async () => {
    await write(72);
    await roundsOnly();
    const [damaged] = manifest();
    truncateSync(join(dir, 'segments', damaged?.file ?? ''), 50);
    await compactor().compactAll();
    expect(problems).toEqual([expect.stringMatching(/has 50 bytes instead of .* cannot be read/)]);
    const aside = manifest().filter(({ state }) => state === 'aside');
    expect(aside).toMatchObject([{ file: damaged?.file, roundLast: 72 }]);
    expect(await all(reader())).toHaveLength(72 - (damaged?.rows ?? 0));
    expect(problems).toHaveLength(1);
  });

  test('between a reader’s decision and its reading makes it decide again', async () => {
    await write(72);
    let decided: ReadStep | undefined;
    const early = compactor({
      publishMerge: (database: DatabaseSync, merged: Parameters<typeof publishMerge>[1]) => {
        decided = readStep(database, ['decisions', 'outcomes'], 0, 100);
        publishMerge(database, merged);
      },
    });
    await early.compactAll();
    await early.compactAll();
    if (decided?.kind !== 'round') throw new Error('no round was decided on');
    expect(files()).not.toContain(decided.segments[0]?.file);
    const late = reader({
      readStep: (...given: Parameters<typeof readStep>) => {
        const stale = decided;
        decided = undefined;
        return stale ?? readStep(...given);
      },
    });
    expect(await all(late)).toHaveLength(72);
    expect(problems).toEqual([]);
  });
});
