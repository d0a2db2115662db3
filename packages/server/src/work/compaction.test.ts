import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { childEnvironment, homeLayout, loadConfig, type RoleConfig } from '#config/index.ts';
import { JournalReader, openJournalWriter, type JournalWriter } from '#platform/events/index.ts';
import { nowMs } from '#kernel/clock.ts';
import { supervise, type SupervisedProcess } from '#platform/processes/index.ts';
import { startCompactor, watchCompaction } from './compaction.ts';
import { Traffic } from './testing/traffic.ts';

const timeout = 30_000;
const pace = { everyMs: 20, minAgeMs: 0, maxTailRows: 200_000, pressedAgeMs: 0, minRows: 100, idleMs: 60_000 };

let home = '';
let dir = '';
let role: RoleConfig;
let writer: JournalWriter;
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'mulle-compaction-'));
  dir = homeLayout(home).journal;
  mkdirSync(dir, { recursive: true });
  writer = await openJournalWriter({ dir, writer: 'data-0', onProblem: () => undefined });
  const config = loadConfig({ environment: {}, cwd: home, overrides: { home } });
  role = { config, process: 'compactor', controlUrl: '', dataUrls: [] };
});
afterEach(async () => {
  await writer.close();
  rmSync(home, { recursive: true });
});

function files(): number {
  const segments = join(dir, 'segments');
  return existsSync(segments) ? readdirSync(segments).filter((name) => name.endsWith('.parquet')).length : 0;
}

test('rows go to Parquet while they are written, and each is read once', async () => {
  const compactor = await startCompactor(role, pace);
  const reader = new JournalReader({ dir, onProblem: () => undefined });
  try {
    const traffic = new Traffic(1, nowMs());
    for (let part = 0; part < 3; part += 1) await writer.appendDurable(traffic.next(400));
    await expect.poll(files, { timeout }).toBeGreaterThan(1);
    const ids: string[] = [];
    // A page may end where a file does: read on until a poll brings nothing.
    for (let page = await reader.pollAll({}, ['decisions'], 10_000); page.events.length > 0;) {
      ids.push(...page.events.map(({ id }) => id));
      page = await reader.pollAll(page.positions, ['decisions'], 10_000);
    }
    expect(ids).toEqual(Array.from({ length: 1_200 }, (_, index) => `d${index + 1}`));
  } finally {
    await compactor.stop();
    await reader.close();
  }
});

test('a tail that is too long goes before its age', async () => {
  const compactor = await startCompactor(role, { ...pace, minAgeMs: 3_600_000, maxTailRows: 500 });
  try {
    const traffic = new Traffic(1, nowMs());
    await writer.appendDurable(traffic.next(400));
    await writer.appendDurable(traffic.next(400));
    await expect.poll(files, { timeout }).toBeGreaterThan(0);
  } finally {
    await compactor.stop();
  }
});

test('a compactor ends when nothing is left to do', async () => {
  const compactor = await startCompactor(role, { ...pace, idleMs: 100 });
  await compactor.finished;
  await compactor.stop();
});

test('a process is started only when there is enough to compact, again when it died, and ended with its watcher', async () => {
  const started: SupervisedProcess[] = [];
  const module = join(import.meta.dirname, 'testing/work-entry.ts');
  const start = (): SupervisedProcess => {
    const child = supervise(
      { name: 'compactor', module, args: ['role', 'compactor'], env: childEnvironment(role) },
      { mayRestart: () => false },
    );
    started.push(child);
    return child;
  };
  const watch = watchCompaction(role, start, pace);
  try {
    const traffic = new Traffic(1, nowMs());
    await writer.appendDurable(traffic.next(40));
    // Several looks, each of them with nothing to do.
    await new Promise((resolve) => setTimeout(resolve, 10 * pace.everyMs));
    expect(started).toHaveLength(0);
    await writer.appendDurable(traffic.next(100));
    await expect.poll(() => started.length, { timeout }).toBe(1);
    await started[0]?.ready;
    process.kill(started[0]?.pid ?? 0, 'SIGKILL');
    await expect.poll(() => started.length, { timeout }).toBe(2);
    await started[1]?.ready;
  } finally {
    await watch.stop();
  }
  expect(await started[1]?.ended).toBe('exit 0');
});
