import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { supervise, type ProcessEvent, type SupervisedProcess } from './index.ts';

const runChildUrl = new URL('./run-child.ts', import.meta.url).href;
let folder = '';
let supervised: SupervisedProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mulle-supervise-'));
});
afterEach(async () => {
  await supervised?.stop(1_000);
  rmSync(folder, { recursive: true });
});

function child(body: string): { name: string; module: string; args: string[]; env: NodeJS.ProcessEnv } {
  const module = join(folder, 'child.mjs');
  // The child lives outside the package, so `#kernel` is resolved from run-child.ts itself.
  writeFileSync(
    module,
    `import { runChild } from ${JSON.stringify(runChildUrl)};\nawait runChild(async () => {${body}});\nsetInterval(() => {}, 1000);`,
  );
  return { name: 'child', module, args: [], env: process.env };
}

function nextEvent(events: ProcessEvent[], kind: ProcessEvent['kind'], count: number): Promise<void> {
  return expect.poll(() => events.filter((event) => event.kind === kind).length, { timeout: 10_000 }).toBe(count);
}

test('a killed child is restarted at once and stops cleanly', async () => {
  const events: ProcessEvent[] = [];
  const mark = join(folder, 'stopped');
  supervised = supervise(
    child(
      `return { details: { port: 1 }, stop: async () => (await import('node:fs')).writeFileSync(${JSON.stringify(mark)}, '') };`,
    ),
    { onEvent: (event) => events.push(event) },
  );
  expect(await supervised.ready).toEqual({ port: 1 });
  const firstPid = supervised.pid ?? 0;
  process.kill(firstPid, 'SIGKILL');
  await nextEvent(events, 'ready', 2);
  expect(supervised.pid).not.toBe(firstPid);
  expect(events[1]).toMatchObject({ kind: 'exited', how: 'SIGKILL', restartInMs: 0 });
  await supervised.stop(5_000);
  expect(existsSync(mark)).toBe(true);
});

test('a first start that fails is told with its reason and not tried again', async () => {
  supervised = supervise(child(`throw new Error('port 5150 is taken');`));
  await expect(supervised.ready).rejects.toThrow(/child process did not start: port 5150 is taken/);
});

test('a child that does not stop is killed after the grace', async () => {
  supervised = supervise(child(`return { stop: () => new Promise(() => {}) };`));
  await supervised.ready;
  const pid = supervised.pid ?? 0;
  await supervised.stop(50);
  expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
});
