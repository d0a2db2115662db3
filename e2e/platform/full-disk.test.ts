import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { env, getuid, stderr } from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { eventually } from './eventually.ts';
import { reading, seeded, writeHistory, historyStartMs } from './readings.ts';
import { exported, runPipeline } from './records.ts';
import { Sandbox, type Platform } from './sandbox.ts';

vi.setConfig({ testTimeout: 200_000, hookTimeout: 200_000 });

const projectFile = fileURLToPath(new URL('./project/mulle.config.ts', import.meta.url));
const sandbox = new Sandbox();

/** Whether a small file system can be mounted here; says so where not. Root in CI must be able to. */
function mounted(): boolean {
  mkdirSync(sandbox.home);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', sandbox.home], { stdio: 'pipe' });
    return true;
  } catch (cause) {
    const reason = 'No tmpfs can be mounted here: the full-disk suite needs root and the right to mount.';
    if (env['CI'] === 'true' && getuid?.() === 0) throw new Error(reason, { cause });
    stderr.write(`Skipped: ${reason}\n`);
    return false;
  }
}

const isMounted = mounted();
const filler = join(sandbox.home, 'filler');

/** Writes until nothing more fits. */
function fillDisk(): void {
  const file = openSync(filler, 'a');
  try {
    for (const size of [1_048_576, 4_096, 1]) {
      const chunk = Buffer.alloc(size, 1);
      try {
        for (;;) writeSync(file, chunk);
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
      }
    }
  } finally {
    closeSync(file);
  }
}

describe.skipIf(!isMounted)('a full disk', () => {
  let platform: Platform;
  const random = seeded(31);
  const acknowledged: string[] = [];
  let told = 0;

  beforeAll(async () => {
    writeHistory(sandbox.project);
    platform = await sandbox.up();
    expect(await platform.mulle('apply', '-f', projectFile)).toMatchObject({ code: 0 });
    await runPipeline(platform, 'first-model');
  });
  afterAll(async () => {
    for (const { pid } of sandbox.processes()) process.kill(pid, 'SIGKILL');
    await sandbox.nothingRuns(5_000);
    execFileSync('umount', [sandbox.home]);
    await sandbox.remove();
  });

  async function tell(): Promise<{ status: number; code?: string }> {
    const id = `told-${told++}`;
    const values = { ...reading(historyStartMs, random), note: 'x'.repeat(2_000) };
    const response = await fetch(`${platform.dataUrl}/v1/endpoints/stops/outcomes`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ outcomes: [{ id, values }] }),
    });
    if (response.ok) acknowledged.push(id);
    const body = (await response.json()) as { error?: { code: string } };
    return { status: response.status, ...(body.error === undefined ? {} : { code: body.error.code }) };
  }

  async function predict(): Promise<string> {
    const { at, line, load } = reading(historyStartMs, random);
    return (await platform.inference.predict('stops', { at, line, load })).metadata.source;
  }

  test('recording answers 507, predictions go on, nothing restarts', async () => {
    await eventually('the model answers', predict, (source) => source === 'variant');
    expect(await tell()).toEqual({ status: 200 });
    const before = sandbox.processes().map(({ pid }) => pid);
    fillDisk();
    const full = await eventually(
      'the disk is full for recording',
      () => (fillDisk(), tell()),
      ({ status }) => status !== 200,
    );
    expect(full).toEqual({ status: 507, code: 'storage_full' });
    for (let i = 0; i < 50; i++) expect(await predict()).toBe('variant');
    const refused = await fetch(`${platform.controlUrl}/api/runs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ experiment: 'full', tags: { note: 'x'.repeat(200_000) } }),
    });
    expect([refused.status, await refused.json()]).toMatchObject([507, { error: { code: 'storage_full' } }]);
    expect(await platform.control.call('listModels', {})).toMatchObject({ items: [{ name: 'stops' }] });
    const doctor = await platform.mulle('doctor');
    expect(doctor).toMatchObject({ code: 1, stdout: expect.stringMatching(/FAIL disk/) });
    expect(sandbox.processes().map(({ pid }) => pid)).toEqual(expect.arrayContaining(before));
  });

  test('with room again recording goes on by itself, and nothing acknowledged is lost', async () => {
    rmSync(filler);
    await eventually('recording goes on', tell, ({ status }) => status === 200);
    const created = () =>
      platform.control.call('createRun', { body: { experiment: 'room-again' } }).then(
        () => 'created',
        (error: unknown) => String(error),
      );
    await eventually('control writes again', created, (answer) => answer === 'created');
    const outcomes = await eventually(
      'outcomes are on record',
      async () => (await exported(platform)).flatMap(({ topic, id }) => (topic === 'outcomes' ? [id] : [])),
      (ids) => acknowledged.every((id) => ids.includes(id)),
    );
    expect(new Set(outcomes).size).toBe(outcomes.length);
    expect(await platform.stop()).toBe(0);
  });
});
