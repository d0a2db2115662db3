import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../platform/eventually.ts';
import { Sandbox, type Platform } from '../platform/sandbox.ts';
import { engineProject, policyOf } from './engine-project.ts';
import { visit } from './engine-traffic.ts';

const sandbox = new Sandbox();
let platform: Platform;
let released: string;
const ask = { user: 'somebody', luck: 1, habit: 0, country: 'KR' };

const experiment = async (endpoint: string, headers: Record<string, string> = {}) => {
  const response = await fetch(`${platform.dataUrl}/v1/endpoints/${endpoint}/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ input: ask }),
  });
  if (response.status !== 200) return null;
  const { metadata } = (await response.json()) as { metadata: Record<string, string | null> };
  return metadata;
};

/** One command's JSON. */
async function told(...command: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await platform.mulle(...command, '--json');
  expect(code, stdout + stderr).toBe(0);
  return JSON.parse(stdout) as Record<string, unknown>;
}

function file(name: string, value: unknown): string {
  const path = join(sandbox.project, name);
  writeFileSync(path, JSON.stringify(value));
  return path;
}

beforeAll(async () => {
  platform = await sandbox.up();
  const manifest = engineProject(3);
  Object.assign(manifest.endpoints[2] ?? {}, { approvals: { start: 1 } });
  await platform.control.call('applyManifest', { body: manifest });
  for (const endpoint of ['trial-0', 'trial-1'])
    await platform.mulle('deploy', 'rules:steady', '--endpoint', endpoint, '--at-once');
  const policy = file('policy.json', policyOf('a-a'));
  const overrides = file('overrides.json', [{ name: 'staff', header: { name: 'x-staff' }, group: 'challenger' }]);
  const options = ['--endpoint', 'trial-0', '--policy', policy, '--overrides', overrides];
  released = String((await told('deploy', 'rules:twin', ...options))['id']);
  await eventually(
    'callers meet the test',
    () => experiment('trial-0'),
    (metadata) => metadata?.['experiment_id'] === released,
    30_000,
  );
  await visit(platform.inference, 'trial-0', 11, { units: 300, batch: 100 });
});
afterAll(() => sandbox.remove());

test('an override sends its callers, and mulle explain says so', async () => {
  for (let time = 0; time < 5; time += 1) {
    const metadata = await experiment('trial-0', { 'x-staff': '1' });
    expect(metadata).toMatchObject({ experiment_group: 'challenger', experiment_id: released });
    if (time > 0) continue;
    const explained = await eventually(
      'the decision is on record',
      () => platform.mulle('explain', metadata?.['request_id'] ?? ''),
      ({ code }) => code === 0,
    );
    expect(explained.stdout).toMatch(/override\s+staff/);
    expect(explained.stdout).toMatch(/propensity\s+none/);
    expect(explained.stdout).toMatch(/features[\s\S]*latency/);
  }
});

test('mulle releases plan reads value, spread and traffic of the KPI', async () => {
  const plan = await eventually(
    'the KPI is measured',
    async () =>
      (await platform.mulle('releases', 'plan', 'trial-0', '--kpi', 'bought', '--effect', '0.1', '--json')).stdout,
    (stdout) => stdout !== '' && (JSON.parse(stdout) as { baseline?: number }).baseline !== undefined,
  );
  const { baseline, perArm, days } = JSON.parse(plan) as Record<string, number>;
  expect(Math.abs((baseline ?? 0) - 0.3)).toBeLessThan(0.1);
  expect(perArm).toBeGreaterThan(300);
  expect(days).toBeGreaterThan(0);
  // statsmodels 0.14.5, NormalIndPower and unpooled variance: (1.959964 + 0.841621)² (.3·.7 + .4·.6) / .1² = 353.2.
  const once = ['--baseline', '0.3', '--effect', '0.1', '--looks', 'once'];
  expect(await told('releases', 'plan', 'trial-0', '--kpi', 'bought', ...once)).toMatchObject({ perArm: 354 });
});

test('mulle releases evaluate estimates a proposal from the log, and refuses what the log does not support', async () => {
  const proposal = ['--kpi', 'bought', '--shares', 'challenger=1', '--cohort', 'input.habit > 5.0 => incumbent'];
  const { methods, logged } = (await told('releases', 'evaluate', 'trial-0', ...proposal)) as {
    logged: { n: number };
    methods: Record<string, { conclusive: boolean; lower: number; upper: number }>;
  };
  expect(logged.n).toBeGreaterThan(400);
  expect(Object.keys(methods)).toEqual(['ips', 'snips', 'dm', 'dr', 'switch-dr']);
  // Everybody buys at 0.3, whatever answers: four times the interval of 95 %.
  for (const { lower, upper } of Object.values(methods))
    expect(Math.abs((lower + upper) / 2 - 0.3)).toBeLessThan(2 * (upper - lower) + 0.05);
  const unknown = await platform.mulle('releases', 'evaluate', 'trial-0', '--kpi', 'bought', '--shares', 'winner=1');
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringMatching(/no group 'winner'/) });
  const nothing = await platform.mulle('releases', 'evaluate', 'trial-1', '--kpi', 'bought', '--shares', 'only=1');
  expect(nothing).toMatchObject({ code: 5, stdout: expect.stringMatching(/Fewer than two decisions/) });
});

test('a release waits for its time, and for approval; then it goes on by itself', async () => {
  const policy = file('canary.json', policyOf('harmless'));
  const start = new Date(Date.now() + 3_000).toISOString();
  const waiting = await told('deploy', 'rules:twin', '--endpoint', 'trial-1', '--policy', policy, '--start', start);
  expect(waiting).toMatchObject({ state: 'pending' });
  const asked = await told('deploy', 'rules:steady', '--endpoint', 'trial-2', '--at-once');
  expect(asked).toMatchObject({ state: 'pending' });
  expect(await told('releases', 'approve', 'trial-2', '--reason', 'looked at')).toMatchObject({ state: 'promoted' });
  await eventually(
    'it has begun',
    () => told('releases', 'status', 'trial-1'),
    ({ state }) => state === 'running',
  );
  expect(await told('releases', 'pause', 'trial-1', '--reason', 'lunch')).toMatchObject({ state: 'paused' });
  expect(await told('releases', 'promote', 'trial-1', '--reason', 'enough')).toMatchObject({ state: 'promoted' });
  const { moments } = (await told('releases', 'explain', 'trial-1')) as { moments: { type: string }[] };
  const types = ['release-scheduled', 'release-started', 'release-paused', 'release-promoted'];
  expect(moments.map(({ type }) => type)).toEqual(types);
  expect(await told('releases', 'rollback', 'trial-1', '--reason', 'worse after all')).toMatchObject({
    state: 'rolled-back',
  });
});
