import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { homeLayout, loadConfig } from '#config/index.ts';
import { JournalReader, openJournalWriter } from '#platform/events/index.ts';
import { RecentRows, startCompactor } from './compaction.ts';
import { Traffic } from './testing/traffic.ts';

test('rows go to Parquet while they are written, and each is read once', async () => {
  const home = mkdtempSync(join(tmpdir(), 'mulle-compaction-'));
  const dir = homeLayout(home).journal;
  mkdirSync(dir, { recursive: true });
  const writer = await openJournalWriter({ dir, writer: 'data-0', onProblem: () => undefined });
  const config = loadConfig({ environment: {}, cwd: home, overrides: { home } });
  const pace = { everyMs: 20, minAgeMs: 0, maxTailRows: 200_000, pressedAgeMs: 0, minRows: 100 };
  const role = { config, process: 'compactor', controlUrl: '', dataUrls: [] };
  const compactor = await startCompactor(role, pace);
  const reader = new JournalReader({ dir, onProblem: () => undefined });
  try {
    const traffic = new Traffic(1, 0);
    for (let part = 0; part < 3; part += 1) await writer.appendDurable(traffic.next(400));
    const files = (): number => readdirSync(join(dir, 'segments')).filter((name) => name.endsWith('.parquet')).length;
    await expect.poll(files, { timeout: 10_000 }).toBeGreaterThan(1);
    const { events } = await reader.pollAll({}, ['decisions'], 10_000);
    expect(events.map(({ id }) => id)).toEqual(Array.from({ length: 1_200 }, (_, index) => `d${index + 1}`));
  } finally {
    await compactor.stop();
    await reader.close();
    await writer.close();
    rmSync(home, { recursive: true });
  }
});

test('a tail counts as too long by what came within the time that rows are left in it', () => {
  const recent = new RecentRows(60_000);
  recent.note({ a: 1_000_000, b: 0 }, 0);
  expect(recent.above(100)).toEqual([]);
  for (let atMs = 10_000; atMs <= 120_000; atMs += 10_000) recent.note({ a: 1_000_000 + atMs, b: atMs / 1_000 }, atMs);
  expect(recent.above(59_999)).toEqual(['a']);
  expect(recent.above(60_000)).toEqual([]);
  expect(recent.above(50)).toEqual(['a', 'b']);
});
