import { fileURLToPath } from 'node:url';
import type { StoredEvent } from '@mulle/contract';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { eventually } from './eventually.ts';
import { writeHistory } from './readings.ts';
import { causes, exported, outputs, releaseWhere, runPipeline } from './records.ts';
import { Sandbox, type Platform } from './sandbox.ts';
import { Traffic } from './traffic.ts';

// One installation, the whole wheel: each test goes on where the one before it ended.

const projectFile = fileURLToPath(new URL('./project/mulle.config.ts', import.meta.url));
/** For what takes seconds on a machine at rest. */
const patienceMs = 200_000;
vi.setConfig({ testTimeout: 2 * patienceMs, hookTimeout: patienceMs });
const sandbox = new Sandbox();
let platform: Platform;
let traffic: Traffic;

beforeAll(async () => {
  writeHistory(sandbox.project);
  platform = await sandbox.up();
  traffic = new Traffic(platform, { seed: 11, tells: true });
});
afterAll(async () => {
  await traffic?.stop();
  await sandbox.remove();
});

function asked(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${platform.dataUrl}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

const input = { at: '2024-01-07T08:30:00Z', line: '다', load: 0.5 };

test('from a CSV file to an answer', async () => {
  expect(await platform.mulle('apply', '-f', projectFile)).toMatchObject({ code: 0 });
  const ran = await platform.mulle('run', 'first-model', '-p', 'seed=3');
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  const models = await platform.mulle('models', 'stops', '--json');
  expect(JSON.parse(models.stdout)).toMatchObject({
    items: [
      {
        version: 1,
        metrics: { logLoss: expect.any(Number) },
        lineage: {
          seed: 3,
          datasetVersion: { dataset: 'readings', version: 1 },
          runId: expect.any(String),
          profileDigest: expect.any(String),
        },
      },
    ],
  });
  await eventually(
    'the model answers',
    async () => (await asked('/v1/endpoints/stops/predict', { input })).headers.get('x-mulle-source'),
    (source) => source === 'variant',
  );
});

test('plain and OIP requests give the same score, with where it came from', async () => {
  const plain = await asked('/v1/endpoints/stops/predict', { input }, { 'x-request-id': 'asked-plainly' });
  expect(plain.headers.get('x-request-id')).toBe('asked-plainly');
  const { score, metadata } = (await plain.json()) as { score: number; metadata: Record<string, unknown> };
  expect(metadata).toMatchObject({ request_id: 'asked-plainly', model_version: '1', source: 'variant' });
  const tensor = (name: string, datatype: string, value: unknown) => ({ name, datatype, shape: [1], data: [value] });
  const oip = await asked('/v2/models/stops/infer', {
    id: 'asked-by-protocol',
    inputs: [
      tensor('at', 'INT64', Date.parse(input.at)),
      tensor('line', 'BYTES', input.line),
      tensor('load', 'FP64', input.load),
    ],
  });
  expect(oip.status).toBe(200);
  expect(await oip.json()).toMatchObject({
    model_name: 'stops',
    outputs: [{ datatype: expect.stringMatching(/^FP(32|64)$/), shape: [1], data: [expect.closeTo(score, 6)] }],
    parameters: { source: 'variant', model_version: '1' },
  });
});

test('a decision and its outcome are in the exported events, with all that explains them', async () => {
  const told = await asked('/v1/endpoints/stops/outcomes', {
    outcomes: [{ decisionId: 'asked-plainly', values: { ...input, known_at: '2024-01-07T09:30:00Z', stopped: true } }],
  });
  expect([told.status, await told.json()]).toEqual([200, { recorded: 1 }]);
  const ofDecision = ({ topic, id }: StoredEvent): boolean => topic === 'decisions' && id === 'asked-plainly';
  const events = await eventually(
    'the decision is on record',
    () => exported(platform),
    (all) => all.some(ofDecision),
  );
  expect(events.find(ofDecision)).toMatchObject({
    type: 'decision-made',
    key: 'stops',
    value: {
      propensity: 1,
      group: 'only',
      assignedVariant: 'stops@1',
      servedVariant: 'stops@1',
      eventTimeMs: Date.parse(input.at),
      inputs: { line: '다', load: 0.5 },
      features: { load: 0.5, hour: 8, line_rate_1d: null },
      definitionsVersion: expect.any(Number),
      source: 'variant',
      errorCode: null,
    },
  });
  expect(
    events.find(({ topic, value }) => topic === 'outcomes' && value['decisionId'] === 'asked-plainly'),
  ).toMatchObject({ type: 'outcome-recorded', key: 'stops', value: { values: { stopped: true } } });
  const places = events.map(({ writer, offset }) => `${writer}/${offset}`);
  expect(new Set(places).size).toBe(places.length);
  const released = events.find(({ type }) => type === 'release-promoted' || type === 'release-started');
  expect(causes(events, released)).toEqual([
    'pipeline-run-started',
    'task-started',
    expect.stringMatching(/^release-/),
  ]);
});

test('drift starts a retraining, whose version is promoted by canary; every step names its cause', async () => {
  await traffic.ask(200);
  traffic.shift = 0.6;
  traffic.start();
  const { id } = await releaseWhere(platform, ({ strategy }) => strategy.kind === 'canary', patienceMs);
  const release = await releaseWhere(platform, (one) => one.id === id && one.state !== 'running', patienceMs);
  await traffic.stop();
  expect(release, JSON.stringify(release.reason)).toMatchObject({ state: 'promoted' });
  expect(traffic.failures).toEqual([]);

  const { items } = await platform.control.call('listFindings', { query: {} });
  expect(items.find(({ kind }) => kind === 'covariate-drift')?.statistics).toMatchObject({
    referenceVersion: 'stops@1',
  });
  const findings = await platform.mulle('findings', '--lang', 'ko');
  expect(findings.stdout).toMatch(/load.*[가-힣]/);
  const isPromotion = ({ type, key }: StoredEvent): boolean => type === 'release-promoted' && key === release.id;
  const events = await eventually(
    'the promotion is on record',
    () => exported(platform),
    (all) => all.some(isPromotion),
  );
  expect(causes(events, events.find(isPromotion))).toEqual([
    'finding-raised',
    'trigger-fired',
    'pipeline-run-started',
    'task-started',
    'release-started',
    'release-promoted',
  ]);
  const version = events.find(({ type, value }) => type === 'model-version-created' && value['version'] === 2);
  expect(causes(events, version)).toEqual([
    'finding-raised',
    'trigger-fired',
    'pipeline-run-started',
    'task-started',
    'model-version-created',
  ]);
});

test('a version that answers 0.5 to everything is taken back', async () => {
  const run = await runPipeline(platform, 'constant');
  const version = String(outputs(run, 'register')['version']);
  const deployed = await platform.mulle('deploy', `stops@${version}`, '--reason', '늘 절반', '--json');
  expect(deployed.code).toBe(0);
  const { id } = JSON.parse(deployed.stdout) as { id: string };
  traffic.start();
  const ended = await releaseWhere(platform, (release) => release.id === id && release.state !== 'running', patienceMs);
  await traffic.stop();
  expect(ended).toMatchObject({
    state: 'rolled-back',
    reason: { en: expect.stringMatching(/log-loss/), ko: expect.stringMatching(/log-loss/) },
  });
  expect(ended.readings.find(({ gate }) => gate.metric === 'log-loss')).toMatchObject({ verdict: 'fail' });
  expect(traffic.failures).toEqual([]);
  const { incumbent } = await platform.control.call('getEndpoint', { params: { name: 'stops' } });
  expect(incumbent).toBe('stops@2');
  expect(await asked('/v1/endpoints/stops/predict', { input })).toMatchObject({ status: 200 });
});

test('a hand takes back what was promoted, and status tells', async () => {
  const back = await platform.mulle('rollback', 'stops', '--reason', '고객 불만', '--json');
  expect(back.code, back.stdout).toBe(0);
  await eventually(
    'version 1 answers again',
    async () => (await asked('/v1/endpoints/stops/predict', { input })).headers.get('x-model-version'),
    (version) => version === '1',
  );
  const { stdout } = await platform.mulle('status', 'stops', '--json');
  expect(JSON.parse(stdout)).toMatchObject([{ incumbent: 'stops@1', live: { processes: [{ process: 'data-0' }] } }]);
  expect(await platform.control.call('verifyAudit', {})).toMatchObject({ ok: true });
});

test('a validation that fails ends the command with 5 and names the day', async () => {
  const refused = await platform.mulle('run', 'refused', '--json');
  expect(refused.code).toBe(5);
  const last = refused.stdout.trim().split('\n').at(-1) ?? '';
  expect(JSON.parse(last)).toMatchObject({
    state: 'failed',
    tasks: [
      { state: 'succeeded' },
      { error: { code: 'validation_failed', message: expect.stringMatching(/2024-01-01/) } },
    ],
  });
});

test('SIGTERM: everything ends, exit 0', async () => {
  expect(await platform.stop()).toBe(0);
  await sandbox.nothingRuns(2_000);
});
