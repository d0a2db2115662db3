import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { eventually } from './eventually.ts';
import { Sandbox, type Platform } from './sandbox.ts';
import { writeHistory } from './readings.ts';

vi.setConfig({ testTimeout: 200_000, hookTimeout: 200_000 });

const projectFile = fileURLToPath(new URL('./project/mulle.config.ts', import.meta.url));
const sandbox = new Sandbox();
let platform: Platform;

beforeAll(async () => {
  writeHistory(sandbox.project);
  platform = await sandbox.up();
});
afterAll(() => sandbox.remove());

/** Nobody listens there: port 9 (discard) is privileged and unused. */
const nowhere = 'http://127.0.0.1:9';
const escape = '\u001B[';

test('--version, --help', async () => {
  const [version, help] = await Promise.all([sandbox.mulle(['--version']), sandbox.mulle(['--help'])]);
  expect(version).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  expect(help.code).toBe(0);
  expect(help.stdout).toMatch(/\bup\b[\s\S]*\bapply\b[\s\S]*\bdeploy\b[\s\S]*\bdoctor\b/);
});

test.each([
  [['statsu'], /Did you mean status\?/],
  [['apply', '--fiel', 'x'], /Did you mean --file\?/],
  [['deploy'], /missing required argument 'model'/],
  [['revert', 'three'], /three.*number/],
  [['revert', '0'], /number/],
  [['status', '--lang', 'fr'], /--lang fr: en or ko/],
  [['events', 'export', '--topic', 'decision'], /--topic decision: one of decisions/],
  [['run', 'first-model', '-p', 'seed'], /NAME=VALUE/],
  [['deploy', '@1'], /names no version/],
  [['up', '--port', 'many'], /control\.port/],
])('wrong use is told, exit 2: %j', async (args, message) => {
  const ended = await platform.mulle(...args);
  expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(message) });
  expect(ended.stderr).not.toMatch(/\n\s+at /);
});

test.each([
  [['plan']],
  [['history']],
  [['run', 'first-model']],
  [['runs']],
  [['models']],
  [['deploy', 'stops@1']],
  [['rollback', 'stops']],
  [['status']],
  [['findings']],
  [['events', 'export']],
  [['doctor']],
])('nothing listens: one clear sentence, exit 1: %j', async (args) => {
  const file = args[0] === 'plan' ? ['-f', projectFile] : [];
  const plain = await sandbox.mulle([...args, ...file, '--url', nowhere]);
  expect(plain).toMatchObject({ code: 1, stdout: '' });
  expect(plain.stderr).toMatch(/^\S*127\.0\.0\.1:9\S* cannot be reached\..*mulle up.*\n$/);
});

test('as JSON an error is one object on stdout', async () => {
  const ended = await sandbox.mulle(['status', '--json', '--url', nowhere]);
  expect(ended).toMatchObject({ code: 1, stderr: '' });
  expect(JSON.parse(ended.stdout)).toEqual({
    error: { code: 'unavailable', message: expect.stringMatching(/mulle up/) },
  });
});

test('a wrong key ends with 3, an unknown name with 4', async () => {
  expect(await platform.mulle('models', '--key', 'mk_wrong')).toMatchObject({ code: 3 });
  expect(await platform.mulle('models', 'nobody')).toMatchObject({ code: 4, stderr: expect.stringMatching(/nobody/) });
  expect(await platform.mulle('status', 'nobody')).toMatchObject({ code: 4 });
  expect(await platform.mulle('logs', 'run_none')).toMatchObject({ code: 4 });
  expect(await platform.mulle('apply', '-f', 'absent.ts')).toMatchObject({
    code: 4,
    stderr: expect.stringMatching(/absent\.ts/),
  });
});

const lists = [
  'sources',
  'datasets',
  'featureViews',
  'featureServices',
  'endpoints',
  'pipelines',
  'triggers',
  'monitors',
];
const emptyProject = { schemaVersion: 1, project: 'p', ...Object.fromEntries(lists.map((name) => [name, []])) };

test.each([
  ['broken.json', '{"schemaVersion": 1,', /broken\.json/],
  ['other.json', '{"schemaVersion": 1, "projekt": "x"}', /other\.json is no project/],
  [
    'korean.json',
    JSON.stringify({ ...emptyProject, project: '지연' }),
    /korean\.json is no project: \/project must be .*letters/,
  ],
  ['empty.ts', 'export const nothing = 1;', /exports no "project"/],
  ['unparsable.ts', 'export const project = {', /unparsable\.ts/],
  ['throws.ts', 'throw new Error("내 파일이 틀렸다");', /throws\.ts.*내 파일이 틀렸다/],
])('a project file that is wrong is named with what is wrong, exit 2: %s', async (name, text, message) => {
  writeFileSync(join(sandbox.project, name), text);
  const ended = await platform.mulle('plan', '-f', name);
  expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(message) });
});

test('plan, apply, history, revert', async () => {
  const plan = await platform.mulle('plan', '-f', projectFile);
  expect(plan).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\+ sources history$/m) });
  const applied = await platform.mulle('apply', '-f', projectFile, '--json');
  expect(JSON.parse(applied.stdout)).toMatchObject({ version: 1, manifest: { project: 'machines' } });
  expect(await platform.mulle('plan', '-f', projectFile)).toMatchObject({
    code: 0,
    stdout: '',
    stderr: 'Nothing would change.\n',
  });

  const { manifest } = JSON.parse(applied.stdout) as { manifest: { triggers: unknown[] } };
  writeFileSync(join(sandbox.project, 'without-trigger.json'), JSON.stringify({ ...manifest, triggers: [] }));
  const second = await platform.mulle('apply', '-f', 'without-trigger.json');
  expect(second).toMatchObject({ code: 0, stdout: '- triggers on-drift\n' });
  const history = await platform.mulle('history', '--json');
  expect(JSON.parse(history.stdout)).toMatchObject({ items: [{ version: 2 }, { version: 1 }] });
  expect(await platform.mulle('revert', '1')).toMatchObject({ code: 0, stderr: 'Version 3 is applied.\n' });
  expect(await platform.mulle('plan', '-f', projectFile)).toMatchObject({ stdout: '' });
  expect(await platform.mulle('revert', '99')).toMatchObject({ code: 4 });
});

test.each([['models'], ['status'], ['runs'], ['findings'], ['history'], ['doctor']])(
  '%s: JSON that parses, and plain text without escapes in a pipe',
  async (command) => {
    const [json, plain] = await Promise.all([
      platform.mulle(command, '--json'),
      sandbox.mulle([command, '--url', platform.controlUrl], { env: { NO_COLOR: '1' } }),
    ]);
    expect(JSON.parse(json.stdout)).toBeTypeOf('object');
    expect(json.stderr).toBe('');
    // What there is nothing of yet is said in a sentence.
    expect(plain.stderr).toMatch(/^$|^(No|Nothing|There is no) [^\n]*\n$/);
    expect(plain.stdout + plain.stderr).not.toBe('');
    expect(plain.stdout).not.toContain(escape);
  },
);

test('doctor speaks the language that is asked for', async () => {
  const [english, korean, byLocale] = await Promise.all([
    platform.mulle('doctor'),
    platform.mulle('doctor', '--lang', 'ko'),
    sandbox.mulle(['doctor', '--url', platform.controlUrl], { env: { LANG: 'ko_KR.UTF-8' } }),
  ]);
  expect(english.stdout).toMatch(/data processes answer/);
  expect(korean.stdout).toMatch(/데이터 프로세스 1개가 답해요/);
  expect(byLocale.stdout).toBe(korean.stdout);
});

test('openapi: OpenAPI 3.1, the same that control answers', async () => {
  const printed = await sandbox.mulle(['openapi']);
  expect(printed).toMatchObject({ code: 0, stderr: '' });
  const document = JSON.parse(printed.stdout) as { openapi: string; paths: Record<string, object> };
  expect(document.openapi).toMatch(/^3\.1\.\d$/);
  expect(document.paths).toHaveProperty(['/api/endpoints/{name}/deploy', 'post']);
  expect(await (await fetch(`${platform.controlUrl}/openapi.json`)).json()).toEqual(document);
});

test('run --detach, logs, a run that is refused its pipeline', async () => {
  const started = await platform.mulle('run', 'refused', '--detach', '--json');
  const { id } = JSON.parse(started.stdout) as { id: string };
  expect(await platform.mulle('logs', id)).toMatchObject({
    code: 5,
    stdout: expect.stringMatching(/ingest .*rows from history/),
  });
  expect(await platform.mulle('run', 'nobody')).toMatchObject({ code: 4, stderr: expect.stringMatching(/nobody/) });
  expect(await platform.mulle('run', 'refused', '-p', 'sed=1')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/sed/),
  });
});

test('Ctrl-C leaves a run running and says how to end it; cancel ends it', async () => {
  const program = sandbox.start(['run', 'long-training', '--url', platform.controlUrl]);
  const said = await eventually(
    'the run has begun',
    () => program.said.stderr,
    (text) => /^Run run_\w+\n/.test(text),
  );
  const id = /run_\w+/.exec(said)?.[0] ?? '';
  process.kill(-program.pid, 'SIGINT');
  const ended = await program.ended;
  expect(ended).toMatchObject({ code: 130, stderr: expect.stringContaining(`mulle cancel ${id}`) });
  expect(await platform.control.call('getPipelineRun', { params: { id } })).toMatchObject({ state: 'running' });
  expect(await platform.mulle('cancel', id)).toMatchObject({ code: 0, stderr: expect.stringMatching(/is cancelled/) });
  expect(await platform.mulle('cancel', id)).toMatchObject({ code: 1, stderr: expect.stringMatching(/cancelled/) });
  expect(await platform.mulle('cancel', 'run_none')).toMatchObject({ code: 4 });
});

test('a reader that has seen enough, as head has, is no failure', async () => {
  const program = sandbox.start(['openapi']);
  program.child.stdout?.destroy();
  expect(await program.ended).toMatchObject({ code: 0, stderr: '' });
});

test('events export to a file', async () => {
  const path = join(sandbox.project, 'events.ndjson');
  expect(await platform.mulle('events', 'export', '--topic', 'audit', '--out-file', path)).toMatchObject({
    code: 0,
    stdout: '',
  });
  expect(
    await platform.mulle('events', 'export', '--out-file', join(sandbox.project, 'no', 'such', 'folder')),
  ).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^[^\n]*no\/such\/folder[^\n]*\n$/),
  });
});
