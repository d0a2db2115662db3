import { closeSync, openSync, readdirSync, statSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { eventually } from './eventually.ts';
import { historyStartMs, reading, seeded, writeHistory } from './readings.ts';
import { runPipeline } from './records.ts';
import { Sandbox, type Platform } from './sandbox.ts';

// One installation whose metadata database is damaged, at rest and at work; each test goes on where the last one ended.

vi.setConfig({ testTimeout: 200_000, hookTimeout: 200_000 });
const projectFile = fileURLToPath(new URL('./project/mulle.config.ts', import.meta.url));
const sandbox = new Sandbox();
const atHome = ['--home', sandbox.home];
let platform: Platform;

beforeAll(async () => {
  writeHistory(sandbox.project);
  platform = await sandbox.up();
  expect(await platform.mulle('apply', '-f', projectFile)).toMatchObject({ code: 0 });
  await runPipeline(platform, 'first-model');
});
afterAll(() => sandbox.remove());

const database = join(sandbox.home, 'db', 'mulle.sqlite');

/** Writes over a part of the file, as a failing disk would. */
function damage(from: number, bytes: number): void {
  const file = openSync(database, 'r+');
  writeSync(file, Buffer.alloc(bytes, 0x5a), 0, bytes, from);
  closeSync(file);
}

async function predict(): Promise<string> {
  const { at, line, load } = reading(historyStartMs, seeded(1));
  return (await platform.inference.predict('stops', { at, line, load })).metadata.source;
}

test('damaged at rest it is refused, with the way back, and nothing runs on', async () => {
  expect(await platform.stop()).toBe(0);
  damage(statSync(database).size - 8_192, 8_192);
  const refused = await sandbox.mulle(['up', '--port', '0', ...atHome]);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/is damaged.*newest backup.*mulle restore/) });
  expect(refused.stderr).not.toMatch(/\n\s+at /);
  await sandbox.nothingRuns(2_000);
});

test('mulle restore brings back what the backup holds, keeps the damaged file, and is refused where all is well', async () => {
  const { items } = JSON.parse((await sandbox.mulle(['restore', '--list', '--json', ...atHome])).stdout) as {
    items: unknown[];
  };
  expect(items.length).toBeGreaterThan(0);
  const restored = await sandbox.mulle(['restore', ...atHome]);
  expect(restored, restored.stderr).toMatchObject({ code: 0, stderr: expect.stringMatching(/is in place/) });
  expect(readdirSync(dirname(database))).toContainEqual(expect.stringMatching(/\.sqlite\.corrupt-\d+$/));
  expect(await sandbox.mulle(['restore', ...atHome])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/is sound/),
  });
  platform = await sandbox.up();
  const models = await platform.mulle('models', '--json');
  expect(JSON.parse(models.stdout)).toMatchObject({ items: [{ name: 'stops' }] });
  await eventually('the model answers', predict, (source) => source === 'variant');
  expect(await sandbox.mulle(['restore', '--force', ...atHome])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/runs on/),
  });
});

test('damaged at work it is told, nothing more is written, and predictions go on', async () => {
  const ids: string[] = [];
  for (let index = 0; index < 60; index++) {
    const run = await platform.control.call('createRun', {
      body: { experiment: 'large', tags: { note: 'x'.repeat(150_000) } },
    });
    ids.push(run.id);
  }
  const { size } = statSync(database);
  damage(size / 4, size / 2);
  const refusals = await Promise.all(
    ids.map((id) =>
      platform.control.call('getRun', { params: { id } }).then(
        () => 'read',
        (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
      ),
    ),
  );
  expect(refusals).toContain('corrupt_data');
  await expect(platform.control.call('createRun', { body: { experiment: 'after' } })).rejects.toMatchObject({
    code: 'corrupt_data',
    message: expect.stringMatching(/mulle restore/),
  });
  const doctor = await platform.mulle('doctor');
  expect(doctor).toMatchObject({ code: 1, stdout: expect.stringMatching(/FAIL database/) });
  for (let asked = 0; asked < 20; asked++) expect(await predict()).toBe('variant');
  expect(await platform.stop()).toBe(0);
  const refused = await sandbox.mulle(['up', '--port', '0', ...atHome]);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/mulle restore/) });
});
