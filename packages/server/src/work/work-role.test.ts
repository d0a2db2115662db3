import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { childEnvironment, homeLayout, loadConfig } from '#config/index.ts';
import { openJournalDatabase } from '#platform/events/journal-file.ts';
import { supervise } from '#platform/processes/index.ts';
import { startControlServer } from './testing/control-server.ts';
import { manifestOf } from './testing/traffic.ts';

/** The lowest priority waits for whatever else runs. */
const timeout = 30_000;

/** Processes that a process has started (Linux). */
function childrenOf(pid: number): number[] {
  const path = `/proc/${pid}/task/${pid}/children`;
  const text = existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
  return text === '' ? [] : text.split(' ').map(Number);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test.runIf(process.platform === 'linux')(
  'work takes the lowest priority, asks for tasks, schedules, analyses, compacts, and leaves no process behind',
  { timeout: 120_000 },
  async () => {
    const home = mkdtempSync(join(tmpdir(), 'mulle-work-'));
    const { journal } = homeLayout(home);
    mkdirSync(journal, { recursive: true });
    // What a compactor that crashed leaves: reason enough for another.
    const database = openJournalDatabase(join(journal, 'data-0.sqlite'));
    database.exec(`INSERT INTO intents VALUES ('segments/left.parquet')`);
    database.close();
    const control = await startControlServer('secret');
    control.manifest = manifestOf([]);
    const config = loadConfig({ environment: {}, cwd: home, overrides: { home, internalToken: 'secret' } });
    const role = { config, process: 'work', controlUrl: control.url, dataUrls: [] };
    const module = join(import.meta.dirname, 'testing/work-entry.ts');
    const work = supervise({ name: 'work', module, args: ['role', 'work'], env: childEnvironment(role) });
    try {
      await work.ready;
      const pid = work.pid ?? 0;
      const expected = ['leaseTasks', 'listLiveReleases', 'currentManifest', 'listTriggers'];
      await expect.poll(() => expected.filter((name) => !control.called.has(name)), { timeout }).toEqual([]);
      await expect.poll(() => childrenOf(pid), { timeout }).toHaveLength(1);
      const children = childrenOf(pid);
      expect([pid, ...children].map((one) => getPriority(one))).toEqual([19, 19]);
      process.kill(pid, 'SIGKILL');
      await expect.poll(() => children.filter(isAlive), { timeout }).toEqual([]);
    } finally {
      await work.stop(10_000);
      await control.close();
      rmSync(home, { recursive: true });
    }
  },
);
