import type { AppliedManifest, Finding, LeasedTask, Manifest } from '@mulle/contract';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { accessMigrations, AuditLog, type AccessTables, type Actor } from '#domains/access/index.ts';
import { activityMigrations, ActivityService, type ActivityTables } from '#domains/activity/index.ts';
import { describeOnEveryDatabase } from '#platform/database/contract-suite.ts';
import { leaseMs, LeaseService } from './lease-service.ts';
import { logLinesPerRun } from './log-store.ts';
import { pipelineMigrations, type PipelineTables } from './pipeline-tables.ts';
import { PipelineService } from './pipeline-service.ts';
import { TriggerService } from './trigger-service.ts';

const kim: Actor = { name: 'kim', role: 'member' };
const hour = 3_600_000;

/** prepare → train → (a, b): real commands with templates; `train` is cached and tried twice. */
function manifest(): Manifest {
  const command = (...words: string[]) => ({ command: words });
  return {
    schemaVersion: 1,
    project: 'p',
    sources: [],
    datasets: [],
    featureViews: [],
    featureServices: [],
    endpoints: [],
    monitors: [],
    pipelines: [
      {
        name: 'retrain',
        parameters: { seed: 7 },
        tasks: [
          { name: 'prepare', kind: 'command', with: command('prepare', '${parameters.seed}'), timeout: '1h' },
          {
            name: 'train',
            kind: 'command',
            dependsOn: ['prepare'],
            with: command('train', '${tasks.prepare.path}'),
            retries: 1,
            backoff: '10s',
            cache: true,
          },
          { name: 'a', kind: 'command', dependsOn: ['train'], with: command('a') },
          { name: 'b', kind: 'command', dependsOn: ['train'], with: command('b') },
        ],
      },
      {
        name: 'choosy',
        tasks: [
          { name: 'look', kind: 'command', with: command('look') },
          { name: 'act', kind: 'command', dependsOn: ['look'], when: '${tasks.look.found}', with: command('act') },
          { name: 'tell', kind: 'command', dependsOn: ['act'], with: command('tell') },
        ],
      },
      { name: 'patient', overlap: 'queue', tasks: [{ name: 'only', kind: 'command', with: command('only') }] },
    ],
    triggers: [
      { name: 'daily', pipeline: 'patient', on: { kind: 'event-time', endpoint: 'delay', every: '1d' } },
      {
        name: 'late',
        pipeline: 'patient',
        on: { kind: 'event-time', endpoint: 'tardy', every: '1d', offset: '6h' },
      },
      { name: 'drift', pipeline: 'retrain', on: { kind: 'finding', monitor: 'inputs', severity: 'warning' } },
      {
        name: 'cool',
        pipeline: 'patient',
        on: { kind: 'finding', monitor: 'quality', severity: 'critical' },
        cooldown: '1h',
      },
      { name: 'nightly', pipeline: 'patient', on: { kind: 'cron', cron: '0 2 * * *' } },
    ],
  };
}

const finding = (id: string, monitor: string, severity: Finding['severity']): Finding => ({
  id,
  kind: 'quality',
  severity,
  monitor,
  endpoint: 'delay',
  dataset: null,
  subject: 'logLoss',
  statistics: {},
  window: null,
  message: { en: 'worse', ko: '' },
  recommendation: { en: '', ko: '' },
  causeId: null,
  createdAtMs: 0,
});

beforeEach(() => vi.useFakeTimers({ toFake: ['Date'], now: 1_700_000_000_000 }));
afterEach(() => vi.useRealTimers());
const pass = (ms: number): void => void vi.setSystemTime(Date.now() + ms);

describeOnEveryDatabase('pipelines', (openDatabase) => {
  const open = async () => {
    const database = await openDatabase<PipelineTables & ActivityTables & AccessTables>([
      ...activityMigrations,
      ...accessMigrations,
      ...pipelineMigrations,
    ]);
    const activity = new ActivityService(database);
    const audit = new AuditLog(database);
    const applied: AppliedManifest = {
      version: 1,
      digest: 'code-1',
      manifest: manifest(),
      changes: [],
      actor: 'kim',
      createdAtMs: 0,
    };
    const current = () => applied;
    const pipelines = new PipelineService({ database, activity, audit, manifest: current });
    const onProblem = (error: unknown): void => expect.unreachable(String(error));
    const leases = new LeaseService({ database, activity, longPollMs: 0, onProblem });
    const triggers = new TriggerService({ database, activity, pipelines, manifest: current });
    const start = (pipeline = 'retrain', rest = {}) =>
      pipelines.start(pipeline, { startedBy: 'cli', causeId: null, ...rest }, kim);
    const take = (slots = 9): Promise<LeasedTask[]> => leases.lease('w', slots, new AbortController().signal);
    const takeOne = async (): Promise<LeasedTask> => {
      const [task] = await take(1);
      if (!task) throw new Error('No task was ready.');
      return task;
    };
    const succeed = async (outputs = {}): Promise<LeasedTask> => {
      const task = await takeOne();
      await leases.complete(task.leaseId, { outputs });
      return task;
    };
    const states = async (id: string): Promise<string> => {
      const run = await pipelines.get(id);
      return [run.state, ...run.tasks.map((task) => task.state)].join(' ');
    };
    const raise = (found: Finding) => database.transaction((trx) => triggers.onFinding(trx, found));
    const told = async () => (await activity.list({ after: 0, limit: 500 })).items;
    return { database, pipelines, leases, triggers, applied, start, take, takeOne, succeed, states, raise, told };
  };

  test('a run from its start to its end, each step caused by the one before', async () => {
    const { start, succeed, take, leases, states, told } = await open();
    const { id } = await start('retrain', { causeId: 'person-1', parameters: { seed: 8 } });
    const prepare = await succeed({ path: '/tmp/x', report: 'long'.repeat(200) });
    expect(prepare).toMatchObject({ pipeline: 'retrain', attempt: 1, codeDigest: 'code-1', timeoutMs: hour });
    expect(prepare.task.with).toEqual({ command: ['prepare', '8'] });
    expect((await succeed()).task.with).toEqual({ command: ['train', '/tmp/x'] });
    const both = await take();
    expect(both.map(({ task }) => task.name)).toEqual(['a', 'b']);
    for (const { leaseId } of both) await leases.complete(leaseId, { outputs: {} });
    expect(await states(id)).toBe('succeeded succeeded succeeded succeeded succeeded');
    const steps = await told();
    const [started] = steps;
    expect(started).toMatchObject({ type: 'pipeline-run-started', subject: id, causeId: 'person-1' });
    const prepared = steps.filter((step) => step.subject === `${id}/prepare`);
    expect(prepared).toMatchObject([
      { id: prepare.causeId, type: 'task-started', causeId: started?.id, value: { kind: 'command', runId: id } },
      { type: 'task-ended', causeId: prepare.causeId, value: { state: 'succeeded' } },
    ]);
    expect(prepared[1]?.value['outputs']).toEqual({ path: '/tmp/x' });
    expect(steps.at(-1)).toMatchObject({
      type: 'pipeline-run-ended',
      causeId: started?.id,
      value: { state: 'succeeded' },
    });
  });

  test('a failed attempt waits for its backoff; without retries left the rest is skipped', async () => {
    const { start, succeed, take, takeOne, leases, states } = await open();
    const { id } = await start();
    await succeed({ path: 'x' });
    const error = { code: 'internal', message: 'no luck' };
    await leases.complete((await takeOne()).leaseId, { error });
    pass(9_999);
    expect(await take()).toEqual([]);
    pass(1);
    const again = await takeOne();
    expect(again.attempt).toBe(2);
    await leases.complete(again.leaseId, { error });
    expect(await states(id)).toBe('failed succeeded failed skipped skipped');
  });

  test('templates that mean nothing fail the task and are not tried again', async () => {
    const { start, succeed, take, states, pipelines } = await open();
    const { id } = await start();
    await succeed({ nothing: 1 });
    expect(await take()).toEqual([]);
    expect(await states(id)).toBe('failed succeeded failed skipped skipped');
    expect((await pipelines.get(id)).tasks[1]?.error?.message).toMatch(/tasks\.prepare\.path/);
  });

  test.each([0, '', false, null])(
    'a task whose `when` comes to %j is skipped, and what depends on it',
    async (found) => {
      const { start, succeed, take, states, pipelines, told } = await open();
      const { id } = await start('choosy');
      await succeed({ found });
      expect(await take()).toEqual([]);
      expect(await states(id)).toBe('succeeded succeeded skipped skipped');
      expect((await pipelines.logs(id, {})).items).toMatchObject([
        { task: 'act', level: 'info', message: expect.stringContaining('tasks.look.found') },
      ]);
      expect((await told()).at(-1)).toMatchObject({ type: 'pipeline-run-ended', value: { state: 'succeeded' } });
    },
  );

  test('a task whose `when` comes to something runs', async () => {
    const { start, succeed, takeOne } = await open();
    await start('choosy');
    await succeed({ found: 12 });
    expect(await takeOne()).toMatchObject({ task: { name: 'act', when: '12' } });
  });

  test('resumed, it keeps what succeeded', async () => {
    const { start, succeed, takeOne, leases, pipelines, states, told } = await open();
    const { id } = await start();
    await succeed({ path: 'x' });
    const { leaseId } = await takeOne();
    await leases.complete(leaseId, { error: { code: 'internal', message: 'x' }, retryable: false });
    await pipelines.resume(id, kim);
    expect(await states(id)).toBe('running succeeded ready waiting waiting');
    expect((await takeOne()).task.with).toEqual({ command: ['train', 'x'] });
    const starts = (await told()).filter(({ type }) => type === 'pipeline-run-started');
    expect(starts).toMatchObject([{}, { causeId: starts[0]?.id, value: { resumed: true } }]);
    await expect(pipelines.resume(id, kim)).rejects.toMatchObject({ code: 'invalid_state' });
  });

  test('a run is run again with its parameters, also by what one of its tasks made', async () => {
    const { pipelines, start, takeOne } = await open();
    const first = await start('retrain', { parameters: { seed: 11 } });
    const { causeId } = await takeOne();
    expect(await pipelines.runOfTask(causeId)).toBe(first.id);
    expect(await pipelines.runOfTask('another')).toBeUndefined();
    await expect(pipelines.again(first.id, kim)).rejects.toMatchObject({ code: 'conflict' });
    await pipelines.cancel(first.id, kim);
    expect(await pipelines.again(first.id, kim)).toMatchObject({
      pipeline: 'retrain',
      state: 'running',
      parameters: { seed: 11 },
      startedBy: 'person:kim',
    });
    await expect(pipelines.again('none', kim)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('outputs of an earlier success with the same inputs stand in, until inputs or code change', async () => {
    const { start, succeed, pipelines, take, takeOne, applied } = await open();
    const first = await start();
    await succeed({ path: 'x' });
    await succeed({ model: 'm1' });
    await pipelines.cancel(first.id, kim);
    const second = await start();
    await succeed({ path: 'x' });
    expect((await take()).map(({ task }) => task.name)).toEqual(['a', 'b']);
    expect((await pipelines.get(second.id)).tasks[1]).toMatchObject({ cached: true, outputs: { model: 'm1' } });
    await pipelines.cancel(second.id, kim);
    await start();
    await succeed({ path: 'y' });
    const other = await takeOne();
    expect(other.task.name).toBe('train');
    await pipelines.cancel(other.runId, kim);
    Object.assign(applied, { digest: 'code-2' });
    await start();
    await succeed({ path: 'x' });
    expect((await takeOne()).task.name).toBe('train');
  });

  describe('leases', () => {
    test('a worker that goes silent loses its task, without a retry spent; what it says later is not taken', async () => {
      const { start, takeOne, leases, states, pipelines } = await open();
      const { id } = await start();
      const first = await takeOne();
      pass(leaseMs - 1);
      expect(await leases.heartbeat(first.leaseId, {})).toEqual({ cancel: false });
      pass(leaseMs - 1);
      await leases.sweep();
      expect(await states(id)).toMatch(/^running running/);
      pass(1);
      await leases.sweep();
      expect(await states(id)).toMatch(/^running ready/);
      const second = await takeOne();
      expect(second.attempt).toBe(2);
      expect(await leases.heartbeat(first.leaseId, {})).toEqual({ cancel: true });
      await expect(leases.complete(first.leaseId, { outputs: {} })).rejects.toMatchObject({ code: 'conflict' });
      await leases.complete(second.leaseId, { outputs: { path: 'x' } });
      expect((await pipelines.logs(id, {})).items).toMatchObject([{ task: 'prepare', level: 'warning' }]);
    });

    test('a task over its time has failed, though its worker is alive', async () => {
      const { start, takeOne, leases, pipelines } = await open();
      const { id } = await start();
      const { leaseId } = await takeOne();
      for (let beats = 0; beats < hour / 10_000 - 1; beats += 30) await leases.heartbeat(leaseId, {});
      pass(hour);
      expect(await leases.heartbeat(leaseId, {})).toEqual({ cancel: true });
      expect(await pipelines.get(id)).toMatchObject({
        state: 'failed',
        tasks: [{ error: { code: 'deadline_exceeded' } }, {}, {}, {}],
      });
    });

    test('saying twice that a task ended is saying it once; of an unknown lease nothing can be said', async () => {
      const { start, takeOne, leases, states } = await open();
      const { id } = await start();
      const { leaseId } = await takeOne();
      await expect(leases.complete(leaseId, {})).rejects.toMatchObject({ code: 'invalid_argument' });
      await leases.complete(leaseId, { outputs: { path: 'x' } });
      await leases.complete(leaseId, { error: { code: 'internal', message: 'late' } });
      expect(await states(id)).toMatch(/^running succeeded ready/);
      await expect(leases.heartbeat('none', {})).rejects.toMatchObject({ code: 'not_found' });
    });

    test('a cancelled run tells its workers at their next heartbeat', async () => {
      const { start, takeOne, leases, pipelines, states, told } = await open();
      const { id } = await start();
      const { leaseId } = await takeOne();
      await pipelines.cancel(id, kim);
      expect(await leases.heartbeat(leaseId, { logs: [{ timeMs: 1.5, level: 'info', message: 'bye' }] })).toEqual({
        cancel: true,
      });
      await leases.complete(leaseId, { outputs: {} });
      expect(await states(id)).toBe('cancelled cancelled cancelled cancelled cancelled');
      expect((await told()).slice(-2)).toMatchObject([
        { type: 'task-ended', value: { state: 'cancelled' } },
        { type: 'pipeline-run-ended' },
      ]);
    });

    test('a waiting worker is given a task as soon as there is one', async () => {
      const { database, start } = await open();
      const activity = new ActivityService(database);
      const patient = new LeaseService({ database, activity, onProblem: () => undefined });
      const waiting = patient.lease('w', 1, new AbortController().signal);
      await start();
      expect(await waiting).toMatchObject([{ task: { name: 'prepare' } }]);
      const leaving = new AbortController();
      const left = patient.lease('w', 1, leaving.signal);
      leaving.abort();
      expect(await left).toEqual([]);
    });

    test('control back after a silence of its own gives leases their full time again', async () => {
      const { start, takeOne, leases, states } = await open();
      const { id } = await start();
      await takeOne();
      pass(60_000);
      await leases.start();
      leases.close();
      await leases.sweep();
      expect(await states(id)).toMatch(/^running running/);
    });

    test('progress and a bounded log', async () => {
      const { start, takeOne, leases, pipelines } = await open();
      const { id } = await start();
      const { leaseId } = await takeOne();
      const logs = Array.from({ length: 6_000 }, (_, line) => ({
        timeMs: line,
        level: 'info' as const,
        message: `${line}`,
      }));
      await leases.heartbeat(leaseId, { progress: 0.5, logs });
      await leases.heartbeat(leaseId, { logs });
      expect((await pipelines.get(id)).tasks[0]?.progress).toBe(0.5);
      const page = await pipelines.logs(id, { after: 5_999, limit: 2, task: 'prepare' });
      expect(page.items.map(({ sequence, message }) => [sequence, message])).toEqual([
        [6_000, '5999'],
        [6_001, '0'],
      ]);
      const end = await pipelines.logs(id, { after: logLinesPerRun - 1 });
      expect(end.items).toMatchObject([{ sequence: logLinesPerRun, level: 'warning' }]);
    });
  });

  describe('overlap', () => {
    test('skip: a person is told of the conflict', async () => {
      const { start } = await open();
      const { id } = await start();
      await expect(start()).rejects.toMatchObject({ code: 'conflict', details: { runId: id } });
    });

    test('queue: one of each starter waits for its turn, and begins when the run before has ended', async () => {
      const { start, takeOne, leases, states, told } = await open();
      const first = await start('patient');
      const second = await start('patient', { startedBy: 'person:lee', causeId: 'lee-1' });
      await expect(start('patient', { startedBy: 'person:lee' })).rejects.toMatchObject({ code: 'conflict' });
      expect(await states(second.id)).toBe('running waiting');
      await leases.complete((await takeOne()).leaseId, { outputs: {} });
      expect([await states(first.id), await states(second.id)]).toEqual(['succeeded succeeded', 'running ready']);
      expect((await told()).at(-1)).toMatchObject({ type: 'pipeline-run-started', causeId: 'lee-1' });
    });

    test('a queued run that is cancelled never began', async () => {
      const { start, pipelines, takeOne, leases, told } = await open();
      const first = await start('patient');
      const second = await start('patient', { startedBy: 'person:lee' });
      await pipelines.cancel(second.id, kim);
      await leases.complete((await takeOne()).leaseId, { outputs: {} });
      expect((await told()).map(({ subject }) => subject)).not.toContain(second.id);
      expect((await pipelines.get(first.id)).state).toBe('succeeded');
    });
  });

  describe('triggers', () => {
    test('a finding severe enough starts a run once; the chain of causes begins with it', async () => {
      const { raise, told, pipelines } = await open();
      expect(await raise(finding('f0', 'inputs', 'info'))).toEqual([]);
      expect(await raise(finding('f1', 'inputs', 'warning'))).toEqual(['drift']);
      expect(await raise(finding('f1', 'inputs', 'warning'))).toEqual([]);
      const steps = await told();
      expect(steps).toMatchObject([
        { type: 'trigger-fired', subject: 'drift', causeId: 'f1' },
        { type: 'pipeline-run-started', causeId: steps[0]?.id, value: { startedBy: 'trigger:drift' } },
      ]);
      expect((await pipelines.list({ pipeline: 'retrain' })).items).toHaveLength(1);
    });

    test('while a run is unfinished a finding is skipped, told in that run’s log, and fires when told again', async () => {
      const { raise, start, pipelines, told } = await open();
      const { id } = await start();
      expect(await raise(finding('f1', 'inputs', 'critical'))).toEqual([]);
      expect((await pipelines.logs(id, {})).items[0]?.message).toMatch(/Trigger drift started nothing/);
      expect((await told()).map(({ type }) => type)).not.toContain('trigger-fired');
      await pipelines.cancel(id, kim);
      expect(await raise(finding('f1', 'inputs', 'critical'))).toEqual(['drift']);
    });

    test('a cooldown holds further findings back', async () => {
      const { raise, succeed } = await open();
      expect(await raise(finding('f1', 'quality', 'critical'))).toEqual(['cool']);
      await succeed();
      pass(hour - 1);
      expect(await raise(finding('f2', 'quality', 'critical'))).toEqual([]);
      pass(1);
      expect(await raise(finding('f2', 'quality', 'critical'))).toEqual(['cool']);
    });

    test('each boundary of event time fires once; the first watermark only marks where it stands', async () => {
      const { triggers, succeed, told } = await open();
      const day = 24 * hour;
      const at = (eventTimeMs: number) => triggers.advanceWatermark('delay', eventTimeMs);
      expect(await at(10.5 * day)).toEqual([]);
      expect(await at(10.9 * day)).toEqual([]);
      expect(await at(11 * day)).toEqual(['daily']);
      await succeed();
      expect(await at(11.5 * day)).toEqual([]);
      expect(await at(10 * day)).toEqual([]);
      expect(await at(14.2 * day + 0.25)).toEqual(['daily']);
      await succeed();
      expect(await triggers.advanceWatermark('other', 20 * day)).toEqual([]);
      const fired = (await told()).filter(({ type }) => type === 'trigger-fired');
      expect(fired.map(({ value }) => value['boundaryMs'])).toEqual([11 * day, 14 * day]);
    });

    test('with an offset a boundary fires so much later', async () => {
      const { triggers, told } = await open();
      const at = (hours: number) => triggers.advanceWatermark('tardy', hours * hour);
      expect(await at(24 * 10 + 7)).toEqual([]);
      expect(await at(24 * 11 + 5.9)).toEqual([]);
      expect(await at(24 * 11 + 6)).toEqual(['late']);
      const fired = (await told()).filter(({ type }) => type === 'trigger-fired');
      expect(fired.map(({ value }) => value['boundaryMs'])).toEqual([24 * 11 * hour]);
    });

    test('a cron trigger fires once for each due time', async () => {
      const { triggers, succeed } = await open();
      expect(await triggers.fireCron('nightly', 1_000)).toMatch(/^run_/);
      await succeed();
      expect(await triggers.fireCron('nightly', 1_000)).toBeNull();
      expect(await triggers.fireCron('nightly', 2_000)).toMatch(/^run_/);
      await expect(triggers.fireCron('drift', 1)).rejects.toMatchObject({ code: 'not_found' });
      const fired = (await triggers.list()).filter(({ lastFiredAtMs }) => lastFiredAtMs !== null);
      expect(fired).toMatchObject([{ definition: { name: 'nightly' }, lastFiredAtMs: Date.now() }]);
    });
  });

  test('what cannot start is refused', async () => {
    const { start, pipelines } = await open();
    await expect(start('none')).rejects.toMatchObject({ code: 'not_found' });
    await expect(start('retrain', { parameters: { sed: 1 } })).rejects.toMatchObject({ code: 'invalid_argument' });
    await expect(start('retrain', { parameters: { seed: 'x' } })).rejects.toMatchObject({ code: 'invalid_argument' });
    await expect(pipelines.get('none')).rejects.toMatchObject({ code: 'not_found' });
    await expect(pipelines.logs('none', {})).rejects.toMatchObject({ code: 'not_found' });
    expect(await pipelines.listPipelines()).toMatchObject([{ last: null }, { last: null }, { last: null }]);
  });
});
