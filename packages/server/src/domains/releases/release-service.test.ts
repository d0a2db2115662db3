import type { AppliedManifest } from '@mulle/contract';
import { describe, expect, test } from 'vitest';
import { accessMigrations, AuditLog, type AccessTables, type Actor } from '#domains/access/index.ts';
import { activityMigrations, ActivityService, type ActivityTables } from '#domains/activity/index.ts';
import { exampleManifest } from '#domains/project/index.ts';
import { ruleMigrations, RulesService, type RuleTables } from '#domains/rules/index.ts';
import { describeOnEveryDatabase } from '#platform/database/contract-suite.ts';
import { exampleModels } from './example-models.ts';
import { ReleaseService, type Conclude } from './release-service.ts';
import { releaseMigrations, type ReleaseTables } from './release-tables.ts';

const kim: Actor = { name: 'kim', role: 'maintainer' };

const conclusion = (of: Conclude['conclusion'], step: number): Conclude => ({
  step,
  conclusion: of,
  readings: [],
  reason: { en: `${of}.`, ko: `${of}.` },
});

describeOnEveryDatabase('releases', (openDatabase) => {
  const open = async () => {
    const database = await openDatabase<ReleaseTables & RuleTables & ActivityTables & AccessTables>([
      ...activityMigrations,
      ...accessMigrations,
      ...releaseMigrations,
      ...ruleMigrations,
    ]);
    const activity = new ActivityService(database);
    const audit = new AuditLog(database);
    const models = exampleModels();
    const applied: AppliedManifest = {
      version: 1,
      digest: '',
      manifest: exampleManifest(),
      changes: [],
      actor: 'kim',
      createdAtMs: 0,
    };
    const rules = new RulesService({ database, activity, audit, manifest: () => applied });
    const releases = new ReleaseService({ database, activity, audit, models, rules, manifest: () => applied });
    const deploy = (version: number, rest = {}) => releases.deploy('delay', { model: 'delay', version, ...rest }, kim);
    const state = async (id: string): Promise<string> => (await releases.get(id)).state;
    const told = async () => {
      const { items } = await activity.list({ after: 0, limit: 100 });
      return items;
    };
    return { releases, deploy, state, told, models, audit, applied };
  };

  test('the first deploy is at once, the next by the policy of the endpoint', async () => {
    const { releases, deploy, state } = await open();
    const first = await deploy(1);
    expect(first).toMatchObject({ state: 'promoted', strategy: { kind: 'single' }, actor: 'kim' });
    const second = await deploy(2);
    expect(second).toMatchObject({ state: 'running', step: 0, strategy: { kind: 'canary' } });
    expect(await state(first.id)).toBe('promoted');
    expect(await releases.summary('delay')).toMatchObject({ release: { id: second.id }, incumbent: 'delay@1' });
    expect(await releases.contending()).toHaveLength(1);
  });

  test('a model that runs code of its own is shadowed only where it is declared to do nothing but answer', async () => {
    const { deploy, models } = await open();
    const policy = {
      kind: 'shadow',
      sample: 1,
      agreement: { tolerance: 0, min: 0.9 },
      gates: [],
      minSeconds: 0,
      minSamples: 1,
      maxSeconds: 60,
      whenInconclusive: 'pause',
    } as const;
    await deploy(1);
    const known = await models.getVersion('delay', 2);
    const bundle = { ...known, artifact: { ...known.artifact, format: 'bundle' as const } };
    models.getVersion = () => Promise.resolve(bundle);
    await expect(deploy(2, { policy })).rejects.toMatchObject({ code: 'invalid_argument', message: /sideEffects/ });
    const declared = { ...policy, sideEffects: 'none' } as const;
    expect(await deploy(2, { policy: declared })).toMatchObject({ state: 'running', strategy: { kind: 'shadow' } });
  });

  test('a contextual bandit that comes with a deploy names numbers of the endpoint', async () => {
    const { deploy } = await open();
    const reward = {
      name: 'late',
      kind: 'rate',
      value: { outcome: 'late' },
      direction: 'decrease',
      role: 'goal',
    } as const;
    const policy = {
      kind: 'contextual-bandit',
      reward,
      algorithm: { kind: 'lin-ucb', alpha: 1 },
      minSamples: 1,
      maxSeconds: 60,
      whenInconclusive: 'pause',
    } as const;
    await deploy(1);
    const unknown = { ...policy, context: [{ field: 'origin' }] };
    await expect(deploy(2, { policy: unknown })).rejects.toMatchObject({
      code: 'invalid_argument',
      message: /no numeric input or feature 'origin'. Known: hour, origin_rate/,
    });
    expect(await deploy(2, { policy: { ...policy, context: [{ field: 'hour' }] } })).toMatchObject({
      state: 'running',
    });
  });

  test('a KPI that the policy names is in the release in full, as it was declared then', async () => {
    const { deploy, applied } = await open();
    const late = {
      name: 'late',
      kind: 'rate',
      value: { outcome: 'late' },
      direction: 'decrease',
      role: 'goal',
    } as const;
    Object.assign(applied.manifest, { kpis: [{ ...late, endpoints: ['delay'], description: 'half an hour or more' }] });
    await deploy(1);
    const policy = {
      ...applied.manifest.endpoints[0]?.policy,
      gates: [{ metric: 'kpi', kpi: { use: 'late', margin: 0.01 } }],
    };
    const { strategy } = await deploy(2, { policy });
    expect(strategy).toMatchObject({ gates: [{ metric: 'kpi', kpi: { ...late, margin: 0.01 } }] });
    const unknown = { ...policy, gates: [{ metric: 'kpi', kpi: { use: 'clicks' } }] };
    await expect(deploy(3, { policy: unknown })).rejects.toMatchObject({ code: 'invalid_argument' });
  });

  test('an alias means the version that it points at then', async () => {
    const { releases, models } = await open();
    const release = await releases.deploy('delay', { model: 'delay', alias: 'latest' }, kim);
    models.latest = 3;
    expect((await releases.get(release.id)).strategy).toMatchObject({ variant: { version: 2 } });
  });

  test('a canary goes step by step to its promotion, which supersedes what it replaced', async () => {
    const { releases, deploy, state, told } = await open();
    const first = await deploy(1);
    const { id } = await deploy(2, { causeId: 'task-1' });
    const epoch = await releases.lastEpoch();
    await releases.conclude(id, conclusion('continue', 0));
    expect(await releases.lastEpoch()).toBe(epoch);
    await releases.conclude(id, conclusion('advance', 0));
    await expect(releases.conclude(id, conclusion('promote', 0))).rejects.toMatchObject({ code: 'invalid_state' });
    await releases.conclude(id, { ...conclusion('promote', 1), causeId: 'reading-7' });
    expect([await state(first.id), await state(id)]).toEqual(['superseded', 'promoted']);
    const steps = await told();
    const started = steps.find((step) => step.subject === id && step.type === 'release-started');
    expect(started?.causeId).toBe('task-1');
    expect(steps.filter((step) => step.subject === id).map((step) => [step.type, step.causeId])).toEqual([
      ['release-started', 'task-1'],
      ['release-stepped', started?.id],
      ['release-promoted', 'reading-7'],
    ]);
    expect(steps.at(-1)?.value).toMatchObject({ state: 'promoted', explanation: { ko: 'promote.' } });
  });

  test('what a bandit learned is kept, moves its dial, and the arm that won is promoted', async () => {
    const { releases, deploy } = await open();
    await deploy(1);
    const bandit = {
      kind: 'bandit',
      reward: { name: 'clicks', kind: 'rate', value: { outcome: 'clicked' }, direction: 'increase', role: 'goal' },
      algorithm: { kind: 'thompson' },
      minSamples: 10,
      maxSeconds: 60,
      whenInconclusive: 'pause',
    };
    await expect(
      deploy(2, { policy: { ...bandit, floor: 0.4 }, others: [{ model: 'delay', version: 3 }] }),
    ).rejects.toMatchObject({
      code: 'invalid_argument',
    });
    const { id, strategy } = await deploy(2, { policy: bandit, others: [{ model: 'delay', version: 3 }] });
    expect('arms' in strategy && strategy.arms.map(({ name }) => name)).toEqual([
      'incumbent',
      'challenger',
      'challenger-2',
    ]);
    const epoch = await releases.lastEpoch();
    const allocation = { weights: { incumbent: 0.1, challenger: 0.2, 'challenger-2': 0.7 } };
    await releases.conclude(id, { ...conclusion('continue', 0), allocation });
    expect(await releases.lastEpoch()).toBe(epoch + 1);
    expect((await releases.standing('delay')).contender).toMatchObject({ allocation });
    await releases.conclude(id, conclusion('continue', 0));
    expect((await releases.standing('delay')).contender).toMatchObject({ allocation, epoch: epoch + 1 });
    await releases.conclude(id, { ...conclusion('promote', 0), winner: 'challenger-2' });
    expect(await releases.get(id)).toMatchObject({ state: 'promoted', winner: 'challenger-2' });
    expect(await releases.summary('delay')).toMatchObject({ incumbent: 'delay@3' });
  });

  test('a challenger that is taken back leaves the incumbent where it was', async () => {
    const { releases, deploy, state } = await open();
    const first = await deploy(1);
    const { id } = await deploy(2);
    await releases.conclude(id, conclusion('rollback', 0));
    expect([await state(first.id), await state(id)]).toEqual(['promoted', 'rolled-back']);
    expect(await releases.summary('delay')).toMatchObject({ release: { id: first.id }, incumbent: 'delay@1' });
  });

  test('while one is tried another is a conflict; single replaces it at once', async () => {
    const { deploy, state, told } = await open();
    const first = await deploy(1);
    const { id } = await deploy(2);
    expect((await deploy(2)).id).toBe(id);
    await expect(deploy(3)).rejects.toMatchObject({ code: 'conflict', details: { releaseId: id } });
    const third = await deploy(3, { policy: { kind: 'single' } });
    expect(third.state).toBe('promoted');
    expect([await state(first.id), await state(id)]).toEqual(['superseded', 'superseded']);
    const taken = (await told()).filter(({ type }) => type === 'release-superseded');
    expect(taken).toMatchObject([{ subject: id }]);
    expect((await deploy(3)).id).toBe(third.id);
  });

  test('single with the version that answers already takes the challenger back', async () => {
    const { deploy, state } = await open();
    const first = await deploy(1);
    const { id } = await deploy(2);
    expect((await deploy(1, { policy: { kind: 'single' } })).id).toBe(first.id);
    expect(await state(id)).toBe('superseded');
  });

  test('rolling an endpoint back: first the challenger, then version by version, until there is none before', async () => {
    const { releases, deploy, state, told } = await open();
    const at = { policy: { kind: 'single' } } as const;
    await deploy(1);
    const second = await deploy(2, at);
    await deploy(3, at);
    const { id } = await deploy(4);
    const back = (reason: string) => releases.rollbackEndpoint('delay', reason, kim);
    expect(await back('slow')).toMatchObject({ id, state: 'rolled-back', reason: 'slow' });
    expect((await back('worse')).strategy).toMatchObject({ variant: { version: 2 } });
    expect(await state(second.id)).toBe('superseded');
    const again = await back('worse still');
    expect(again).toMatchObject({ state: 'promoted', strategy: { variant: { version: 1 } } });
    await expect(back('more')).rejects.toMatchObject({ code: 'invalid_state' });
    const steps = await told();
    const cause = steps.find((step) => step.id === again.causeId);
    expect(cause).toMatchObject({ type: 'release-rolled-back', value: { reason: 'worse still' } });
    expect(await releases.promotedVariants('delay', 2)).toMatchObject([{ version: 1 }, { version: 2 }]);
  });

  test('by hand: pause, resume, promote, and take a promoted one back', async () => {
    const { releases, deploy, state } = await open();
    const first = await deploy(1);
    const { id } = await deploy(2);
    const by = (kind: 'promote' | 'rollback' | 'pause' | 'resume') => releases.command(id, { kind, reason: 'so' }, kim);
    expect((await by('pause')).state).toBe('paused');
    await expect(releases.conclude(id, conclusion('promote', 0))).rejects.toMatchObject({ code: 'invalid_state' });
    await expect(releases.command(first.id, { kind: 'rollback', reason: '' }, kim)).rejects.toThrow(
      /Roll the challenger back/,
    );
    expect((await by('resume')).state).toBe('running');
    expect((await by('promote')).state).toBe('promoted');
    expect((await by('rollback')).state).toBe('rolled-back');
    expect((await releases.summary('delay')).incumbent).toBe('delay@1');
    await expect(by('promote')).rejects.toMatchObject({ code: 'invalid_state' });
    expect(await state(first.id)).toBe('superseded');
  });

  test('every change is in the audit log, whose chain holds', async () => {
    const { releases, deploy, audit } = await open();
    await deploy(1);
    const { id } = await deploy(2);
    await releases.conclude(id, conclusion('rollback', 0));
    expect(await audit.verify()).toMatchObject({ ok: true, entries: 3 });
    expect((await audit.list({})).items[0]).toMatchObject({ action: 'release.rolled-back', actor: 'platform' });
  });

  describe('refuses', () => {
    test.each([
      ['an endpoint that is not there', 'none', { version: 1 }, 'not_found'],
      ['a version that is not there', 'delay', { version: 99 }, 'not_found'],
      ['neither version nor alias', 'delay', {}, 'invalid_argument'],
      ['both', 'delay', { version: 1, alias: 'latest' }, 'invalid_argument'],
      ['a rejected version', 'delay', { version: 7 }, 'approval_required'],
      ['a model of other features', 'delay', { version: 8 }, 'missing_feature'],
    ])('%s', async (_case, endpoint, what, code) => {
      const { releases } = await open();
      await expect(releases.deploy(endpoint, { model: 'delay', ...what }, kim)).rejects.toMatchObject({ code });
      expect((await releases.list({})).items).toEqual([]);
    });
  });

  test('a removed endpoint takes its challenger back', async () => {
    const { releases, deploy, applied, state } = await open();
    await deploy(1);
    const { id } = await deploy(2);
    await releases.follow({ ...applied, manifest: { ...applied.manifest, endpoints: [] } }, 'apply-1', kim);
    expect(await state(id)).toBe('superseded');
  });

  test('lists, newest first, by endpoint and state', async () => {
    const { releases, deploy } = await open();
    const ids = [(await deploy(1)).id, (await deploy(2)).id];
    const page = await releases.list({ limit: 1 });
    expect(page.items.map(({ id }) => id)).toEqual([ids[1]]);
    const rest = await releases.list({ limit: 1, pageToken: page.nextPageToken ?? '' });
    expect(rest.items.map(({ id }) => id)).toEqual([ids[0]]);
    expect((await releases.list({ state: 'promoted', endpoint: 'delay' })).items.map(({ id }) => id)).toEqual([ids[0]]);
    await expect(releases.get('none')).rejects.toMatchObject({ code: 'not_found' });
  });

  test('a release waits for its time, and one whose time is over ends as its policy says', async () => {
    const { releases, deploy, state, told } = await open();
    await deploy(1);
    const startAtMs = Date.now() + 3_600_000;
    const { id } = await deploy(2, { startAtMs, endAtMs: startAtMs + 1_000 });
    expect(await state(id)).toBe('pending');
    expect(await releases.contending()).toEqual([]);
    await expect(deploy(3)).rejects.toMatchObject({ code: 'conflict' });
    await expect(releases.command(id, { kind: 'promote', reason: 'now' }, kim)).rejects.toMatchObject({
      code: 'invalid_state',
    });
    await releases.tick(startAtMs - 1);
    expect(await state(id)).toBe('pending');
    await releases.tick(startAtMs);
    expect(await state(id)).toBe('running');
    await releases.tick(startAtMs + 1_000);
    const { strategy } = await releases.get(id);
    const ends = 'whenInconclusive' in strategy && strategy.whenInconclusive === 'pause' ? 'paused' : 'rolled-back';
    expect(await state(id)).toBe(ends);
    const types = (await told()).flatMap(({ type, subject }) => (subject === id ? [type] : []));
    expect(types).toEqual(['release-scheduled', 'release-started', `release-${ends}`]);
    await expect(deploy(3, { startAtMs, endAtMs: startAtMs })).rejects.toMatchObject({ code: 'invalid_argument' });
  });

  test('people approve of the start and of the promotion; whoever deployed it does not, and nobody twice', async () => {
    const { releases, deploy, state, applied } = await open();
    const [lee, park]: Actor[] = [
      { name: 'lee', role: 'maintainer' },
      { name: 'park', role: 'owner' },
    ];
    if (!lee || !park) throw new Error('They are there.');
    await deploy(1);
    Object.assign(applied.manifest.endpoints[0] ?? {}, { approvals: { start: 1, promote: 2 } });
    const { id } = await deploy(2);
    expect(await state(id)).toBe('pending');
    await expect(releases.approve(id, 'fine', kim)).rejects.toMatchObject({ code: 'permission_denied' });
    expect(await releases.approve(id, 'fine', lee)).toMatchObject({ state: 'running' });
    await expect(releases.command(id, { kind: 'promote', reason: 'now' }, kim)).rejects.toMatchObject({
      code: 'approval_required',
    });
    expect(await releases.conclude(id, conclusion('promote', 0))).toMatchObject({ state: 'paused' });
    expect(await releases.approve(id, 'better', lee)).toMatchObject({ state: 'paused' });
    await expect(releases.approve(id, 'better', lee)).rejects.toMatchObject({ code: 'permission_denied' });
    expect(await releases.approve(id, 'better', park)).toMatchObject({
      state: 'promoted',
      terms: { approvals: [{ of: 'start' }, { of: 'promote' }, { of: 'promote', actor: 'park' }] },
    });
    expect(await releases.summary('delay')).toMatchObject({ incumbent: 'delay@2' });
  });

  test('overrides go with the release; those for nobody, or that cannot be read, are refused', async () => {
    const { deploy } = await open();
    await deploy(1);
    const override = { name: 'testers', group: 'challenger' };
    await expect(deploy(2, { overrides: [override] })).rejects.toMatchObject({ code: 'invalid_argument' });
    await expect(deploy(2, { overrides: [{ ...override, cohort: 'input.' }] })).rejects.toMatchObject({
      code: 'invalid_argument',
    });
    const overrides = [{ ...override, cohort: 'input.age > 3' }];
    expect(await deploy(2, { overrides })).toMatchObject({ terms: { overrides } });
  });
});
