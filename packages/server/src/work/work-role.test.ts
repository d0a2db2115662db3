import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { childEnvironment, loadConfig } from '#config/index.ts';
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
  'work takes the lowest priority, asks for tasks, schedules, keeps its children, and leaves none behind',
  { timeout: 120_000 },
  async () => {
    const home = mkdtempSync(join(tmpdir(), 'mulle-work-'));
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
      const children = childrenOf(pid);
      expect([pid, ...children].map((one) => getPriority(one))).toEqual([19, 19, 19]);
      const [killed] = children;
      if (killed !== undefined) process.kill(killed, 'SIGKILL');
      await expect.poll(() => childrenOf(pid).filter((child) => child !== killed), { timeout }).toHaveLength(2);
      const last = childrenOf(pid);
      process.kill(pid, 'SIGKILL');
      await expect.poll(() => last.filter(isAlive), { timeout }).toEqual([]);
    } finally {
      await work.stop(10_000);
      await control.close();
      rmSync(home, { recursive: true });
    }
  },
);
