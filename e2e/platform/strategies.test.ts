import type { Kpi, ReleasePolicy } from '@mulle/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seeded } from './readings.ts';
import { Sandbox, type Platform } from './sandbox.ts';
import {
  askRows,
  askUsers,
  playUntil,
  shareOf,
  strategyWorld,
  tell,
  tryVersion,
  untilState,
} from './strategy-world.ts';

const sandbox = new Sandbox();
let platform: Platform;

const ending = { maxSeconds: 600, whenInconclusive: 'pause' } as const;
const shadow: ReleasePolicy = {
  kind: 'shadow',
  sample: 1,
  agreement: { tolerance: 0.01, min: 0.9 },
  gates: [{ metric: 'log-loss', label: 'late', margin: 0.01 }],
  slices: ['x'],
  minSeconds: 0,
  minSamples: 100,
  ...ending,
};

const bought: Kpi = { name: 'bought', kind: 'rate', value: { outcome: 'bought' }, direction: 'increase', role: 'goal' };
const sequence: ReleasePolicy = {
  kind: 'sequence',
  stages: [
    { ...shadow, agreement: { tolerance: 1, min: 0.9 }, gates: [], slices: [], minSamples: 50 },
    {
      kind: 'canary',
      steps: [{ weight: 0.3, minSeconds: 0, minSamples: 50 }],
      gates: [{ metric: 'error-rate', max: 0.2 }],
      ...ending,
    },
    {
      kind: 'ab-test',
      kpis: [bought],
      analysis: { method: 'always-valid', alpha: 0.05, sampleSize: 300, correction: 'holm' },
      minSamples: 100,
      ...ending,
    },
  ],
};
const staged: ReleasePolicy = {
  kind: 'staged',
  phases: [
    { coverage: 0.2, sampleSize: 100 },
    { coverage: 1, sampleSize: 1_000 },
  ],
  kpis: [bought],
  alpha: 0.05,
  spending: 'obrien-fleming',
  ...ending,
};

const bandit: ReleasePolicy = {
  kind: 'bandit',
  reward: bought,
  algorithm: { kind: 'thompson' },
  floor: 0.05,
  minSamples: 50,
  stop: { alpha: 0.05, tolerance: 0.05 },
  ...ending,
};
const interleaving: ReleasePolicy = {
  kind: 'interleaving',
  method: 'team-draft',
  length: 5,
  credit: { ...bought, absent: 'zero' },
  alpha: 0.05,
  minSamples: 50,
  ...ending,
};
const contextual: ReleasePolicy = {
  kind: 'contextual-bandit',
  reward: bought,
  algorithm: { kind: 'linear-thompson', scale: 0.5 },
  context: [{ field: 'x' }],
  floor: 0.05,
  minSamples: 1,
  ...ending,
};

beforeAll(async () => {
  platform = await sandbox.up();
  await strategyWorld(platform, { shadow, sequence, staged, bandit, contextual, interleaving });
});
afterAll(() => sandbox.remove());

const random = seeded(7);
const xOf = (user: number): number => (user % 5) - 2;
const isLate = (x: number): boolean => random() < 1 / (1 + Math.exp(-x));

test('shadow: an equal challenger passes and waits for a person, a worse one is taken back, callers see neither', async () => {
  const equal = await tryVersion(platform, 'shadow', 2);
  const asked = await askUsers(platform, 'shadow', 300, 1, xOf);
  for (const { group, version } of asked) expect({ group, version }).toEqual({ group: 'incumbent', version: '1' });
  await tell(platform, 'shadow', asked, ({ x }) => ({ late: isLate(x) }));
  const passed = await untilState(platform, equal, 'paused', 'rolled-back');
  expect(passed.state).toBe('paused');
  expect(passed.readings.slice(0, 2)).toMatchObject([{ verdict: 'pass' }, { verdict: 'pass' }]);
  const { stdout } = await platform.mulle('releases', 'status', 'shadow');
  expect(stdout).toMatch(/agreement .*pass[\s\S]*log-loss .*pass/);
  expect(await platform.mulle('releases', 'rollback', 'shadow', '--reason', 'enough')).toMatchObject({ code: 0 });

  const worse = await tryVersion(platform, 'shadow', 3);
  await askUsers(platform, 'shadow', 200, 1_000, xOf);
  const refused = await untilState(platform, worse, 'paused', 'rolled-back');
  expect(refused.state).toBe('rolled-back');
  expect(refused.readings[0]).toMatchObject({ verdict: 'fail', challenger: 0 });
  expect(refused.readings.filter(({ segment }) => segment !== undefined)).toHaveLength(5);
});

test('sequence: shadow, canary and A/B under one release; who met the challenger keeps it; then it has everything', async () => {
  const id = await tryVersion(platform, 'sequence', 3);
  const asked = await playUntil(platform, 'sequence', id, ({ version }) => ({
    bought: random() < (version === '3' ? 0.6 : 0.3),
  }));
  const { state, step, readings } = await platform.control.call('getRelease', { params: { id } });
  expect({ state, step }).toEqual({ state: 'promoted', step: 2 });
  expect(readings.find(({ gate }) => gate.metric === 'kpi')).toMatchObject({ group: 'ab-test/challenger' });
  const order = [...new Set(asked.map(({ group }) => group?.split('/')[0]))];
  expect(order.slice(0, 3)).toEqual(['shadow', 'canary', 'ab-test']);
  expect(asked.filter(({ group }) => group === 'shadow/incumbent').every(({ version }) => version === '1')).toBe(true);
  const inCanary = asked.filter(({ group }) => group === 'canary/challenger').map(({ user }) => user);
  expect(inCanary.length).toBeGreaterThan(20);
  const again = await platform.mulle('releases', 'explain', id);
  expect(again.stdout).toMatch(/Stage 1 of 3, shadow[\s\S]*Stage 2 of 3, canary[\s\S]*Stage 3 of 3, ab-test/);
});

test('staged: the cohort grows after its analysis, and the better version is promoted', async () => {
  const id = await tryVersion(platform, 'staged', 3);
  const asked = await playUntil(platform, 'staged', id, ({ version }) => ({
    bought: random() < (version === '3' ? 0.5 : 0.3),
  }));
  const { state, step, readings } = await platform.control.call('getRelease', { params: { id } });
  expect({ state, step }).toEqual({ state: 'promoted', step: 1 });
  const goal = readings.find(({ gate }) => gate.metric === 'kpi');
  expect(goal).toMatchObject({ verdict: 'pass' });
  const outside = asked.slice(0, 500).filter(({ group }) => group === 'outside');
  // A fifth takes part in the first phase; five standard errors.
  expect(Math.abs(outside.length / 500 - 0.8)).toBeLessThan(0.1);
  expect(outside.every(({ version }) => version === '1')).toBe(true);
});

test('bandit: shares follow what the arms earn, decisions keep them, and the best of three arms is promoted', async () => {
  const id = await tryVersion(platform, 'bandit', 3, '--also', 'm@4');
  const chances: Record<string, number> = { '1': 0.3, '3': 0.6, '4': 0.1 };
  const asked = await playUntil(platform, 'bandit', id, ({ version }) => ({
    bought: random() < (chances[version ?? ''] ?? 0),
  }));
  const { state, winner, readings } = await platform.control.call('getRelease', { params: { id } });
  expect({ state, winner }).toEqual({ state: 'promoted', winner: 'challenger' });
  const arms = readings.filter(({ share }) => share !== undefined);
  expect(arms.map(({ group }) => group)).toEqual(['incumbent', 'challenger', 'challenger-2']);
  expect(arms[1]?.chanceBest).toBeGreaterThan(0.95);
  // It began with a third each.
  expect(arms[1]?.share).toBeGreaterThan(0.5);
  const { decision } = await platform.control.call('explainDecision', { params: { id: asked.at(-1)?.id ?? '' } });
  expect(decision.propensity).toBeGreaterThanOrEqual(0.05 - 1e-9);
  const { stdout } = await platform.mulle('releases', 'status', id);
  expect(stdout).toMatch(/arm +verdict.* share +P\(best\)[\s\S]*challenger-2/);
});

test('contextual bandit: who is answered by which version depends on the request, as learned from outcomes', async () => {
  await tryVersion(platform, 'contextual', 3);
  const xOfUser = (user: number): number => (user % 2 === 0 ? 1 : -1);
  let last: Awaited<ReturnType<typeof askUsers>> = [];
  for (let round = 0; round < 30; round += 1) {
    last = await askUsers(platform, 'contextual', 100, 1 + round * 100, xOfUser);
    await tell(platform, 'contextual', last, ({ version, x }) => ({
      bought: random() < ((version === '3') === x > 0 ? 0.8 : 0.2),
    }));
    if (
      round >= 10 &&
      shareOf(
        last.filter(({ x }) => x > 0),
        '3',
      ) > 0.8 &&
      shareOf(
        last.filter(({ x }) => x < 0),
        '1',
      ) > 0.8
    )
      return;
  }
  expect(last).toBe('answered by the version that pays');
});

test('interleaving: one list of two rankers, each row credited to who placed it, and the preferred one promoted', async () => {
  const id = await tryVersion(platform, 'interleaving', 5);
  const rows = [-2, -1, 0, 1, 2];
  for (let round = 0; round < 40; round += 1) {
    const outcomes: Parameters<typeof platform.inference.recordOutcomes>[1][number][] = [];
    for (let user = 0; user < 25; user += 1) {
      const requestId = `list-${round}-${user}`;
      const inputs = rows.map((x) => ({ x, user: round * 25 + user }));
      const answer = await askRows(platform, 'interleaving', requestId, inputs);
      // Promoted meanwhile: what follows is one version's.
      if (answer.metadata.experiment_group !== 'interleaved') continue;
      expect(new Set(answer.scores).size).toBe(rows.length);
      expect(answer.metadata).toMatchObject({ experiment_id: id, model_version: '1' });
      const best = answer.scores.indexOf(Math.max(...answer.scores));
      // Users want small x: what version 5 ranks first and version 1 last.
      for (const [row, x] of rows.entries())
        if (x < 0 && (row === best || random() < 0.2))
          outcomes.push({ decisionId: `${requestId}#${row}`, eventTimeMs: Date.now(), values: { bought: 1 } });
    }
    await platform.inference.recordOutcomes('interleaving', outcomes);
    const { state } = await platform.control.call('getRelease', { params: { id } });
    if (state !== 'running') break;
  }
  const { state, readings } = await untilState(platform, id, 'promoted', 'rolled-back');
  expect(state).toBe('promoted');
  expect(readings[0]).toMatchObject({ verdict: 'pass', group: 'challenger' });
  const explained = await platform.control.call('explainDecision', { params: { id: 'list-0-0#0' } });
  expect(['incumbent', 'challenger']).toContain(explained.decision.group);
});
