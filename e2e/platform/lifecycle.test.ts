import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { eventually } from './eventually.ts';
import { Sandbox, type Program } from './sandbox.ts';

vi.setConfig({ testTimeout: 200_000, hookTimeout: 60_000 });

let sandbox: Sandbox;
let taken: Server | undefined;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(async () => {
  taken?.close();
  taken = undefined;
  await sandbox.remove();
});

/** Listens on a port of its own and answers its number. */
async function takePort(): Promise<number> {
  const server = createServer();
  taken = server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** It ended by itself, said why without a stack, and left nothing of its own. */
async function refused(program: Program, code: number, reason: RegExp): Promise<void> {
  const others = sandbox.processes().filter(({ pid }) => pid !== program.pid);
  const ended = await program.ended;
  expect(ended, ended.stderr).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(reason) });
  expect(ended.stderr).not.toMatch(/\n(\S+: )?\s+at /);
  expect(sandbox.processes()).toEqual(others);
  expect(readdirSync(sandbox.temporary)).toEqual([]);
}

test('--ephemeral: the first line is the addresses, SIGTERM ends with 0 and leaves nothing', async () => {
  const platform = await sandbox.up(['--ephemeral']);
  expect(JSON.parse(platform.program.said.stdout)).toEqual({
    controlUrl: platform.controlUrl,
    dataUrl: platform.dataUrl,
    key: null,
  });
  expect(readdirSync(sandbox.temporary)).toHaveLength(1);
  expect(await platform.stop()).toBe(0);
  expect(sandbox.processes()).toEqual([]);
  expect(readdirSync(sandbox.temporary)).toEqual([]);
  expect(existsSync(join(sandbox.project, '.mulle'))).toBe(false);
});

test('Ctrl-C reaches the whole group: it ends with 0, in order, and leaves nothing', async () => {
  const { program } = await sandbox.up(['--ephemeral']);
  process.kill(-program.pid, 'SIGINT');
  const ended = await program.ended;
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  expect(ended.stderr).not.toMatch(/\n\s+at /);
  expect(sandbox.processes()).toEqual([]);
  expect(readdirSync(sandbox.temporary)).toEqual([]);
});

test('when its launcher is gone it ends as if it were told', async () => {
  const { program } = await sandbox.up(['--ephemeral']);
  program.child.disconnect();
  expect(await program.ended).toMatchObject({ code: 0 });
  expect(sandbox.processes()).toEqual([]);
  expect(readdirSync(sandbox.temporary)).toEqual([]);
});

test.each([0, 100, 200, 400])(
  'a Ctrl-C %i ms after the roles begin to start leaves nothing behind',
  async (delayMs) => {
    const program = sandbox.start(['up', '--ephemeral', '--port', '0', '--json']);
    await eventually(
      'roles start',
      () => sandbox.processes().length,
      (count) => count > 1,
    );
    // The moment of a person's Ctrl-C is no event of the platform: it is spread over the start.
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    process.kill(-program.pid, 'SIGINT');
    const { code, stdout, stderr } = await program.ended;
    // On a quick machine it may have been ready by then.
    expect(code, stdout + stderr).toBe(stdout === '' ? 130 : 0);
    expect(sandbox.processes()).toEqual([]);
    expect(readdirSync(sandbox.temporary)).toEqual([]);
  },
);

test.each(['control', 'data'])('a %s port that is taken is named, exit 1, nothing runs on', async (role) => {
  const port = String(await takePort());
  const ports = role === 'control' ? ['--port', port, '--data-port', '0'] : ['--port', '0', '--data-port', port];
  await refused(sandbox.start(['up', '--ephemeral', ...ports]), 1, new RegExp(`Port ${port} on 127.0.0.1 is taken`));
});

test('a second mulle up on one home is refused; the first goes on', async () => {
  const first = await sandbox.up();
  await refused(sandbox.start(['up', '--home', sandbox.home, '--port', '0']), 1, /already runs on .*home.*--home/);
  expect(await first.control.call('health', {})).toMatchObject({ status: 'ok' });
});

test('an address beyond this machine needs a key first', async () => {
  await refused(
    sandbox.start(['up', '--home', sandbox.home, '--port', '0', '--host', '0.0.0.0']),
    2,
    /0\.0\.0\.0.*key/,
  );
  const here = await sandbox.up();
  const owner = await here.control.call('createKey', { body: { name: 'owner', role: 'owner' } });
  await here.stop();
  const everywhere = await sandbox.up(['--home', sandbox.home, '--host', '0.0.0.0']);
  expect(await everywhere.mulle('models')).toMatchObject({ code: 3 });
  expect(await everywhere.mulle('models', '--key', owner.key)).toMatchObject({ code: 0 });
  const predicted = await fetch(`${everywhere.dataUrl}/v1/endpoints/none/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"input":{}}',
  });
  expect(predicted.status).toBe(401);
  expect(await everywhere.stop()).toBe(0);
});

test.each([
  ['{ "contrl": {} }', /contrl/],
  ['{ "control": { "prot": 1 } }', /prot/],
  ['{ "work": { "slots": "many" } }', /work\.slots/],
  ['{ "control": ', /mulle\.json is not readable JSON/],
])('a wrong setting in mulle.json is named: %s', async (text, reason) => {
  writeFileSync(join(sandbox.project, 'mulle.json'), text);
  await refused(sandbox.start(['up', '--ephemeral', '--port', '0']), 2, reason);
});

test('a home that cannot be written is named', async () => {
  const file = join(sandbox.folder, 'file');
  writeFileSync(file, '');
  await refused(sandbox.start(['up', '--home', join(file, 'home'), '--port', '0']), 2, /file\/home/);
});
