import { expect, test } from 'vitest';
import { accessMigrations, AuditLog, type AccessTables, type Actor } from '#domains/access/index.ts';
import { activityMigrations, ActivityService, type ActivityTables } from '#domains/activity/index.ts';
import { describeOnEveryDatabase } from '#platform/database/contract-suite.ts';
import { experimentsMigrations, ExperimentsService, RunsService, type ExperimentsTables } from './index.ts';

const actor: Actor = { name: 'minji', role: 'member' };
const migrations = [...accessMigrations, ...activityMigrations, ...experimentsMigrations];

describeOnEveryDatabase('experiments', (open) => {
  async function start() {
    const database = await open<ExperimentsTables & ActivityTables & AccessTables>(migrations);
    const activity = new ActivityService(database);
    const audit = new AuditLog(database);
    return {
      activity,
      audit,
      experiments: new ExperimentsService({ database, audit }),
      runs: new RunsService({ database, activity, audit }),
    };
  }

  test('a run from its beginning to its end, told by activity and audit', async () => {
    const { runs, activity, audit } = await start();
    const begun = await runs.createRun(actor, {
      experiment: 'delay',
      name: 'gbdt',
      parameters: { trees: '100' },
      tags: { note: '물레' },
      causeId: 'task-1',
    });
    expect(begun).toMatchObject({ status: 'running', causeId: 'task-1', endedAtMs: null });
    await runs.logRun(actor, begun.id, { metrics: [{ key: 'auc', value: 0.7, step: 1, timeMs: 5 }] });
    const ended = await runs.endRun(actor, begun.id, 'finished');
    expect(ended).toMatchObject({
      status: 'finished',
      parameters: { trees: '100' },
      tags: { note: '물레' },
      metrics: { auc: 0.7 },
    });
    expect(await runs.getRun(begun.id)).toEqual(ended);
    const [end, start0] = (await activity.list({})).items;
    expect([start0?.type, start0?.causeId, end?.type, end?.causeId]).toEqual([
      'run-started',
      'task-1',
      'run-ended',
      start0?.id,
    ]);
    expect((await audit.list({})).items.map((entry) => entry.action)).toEqual(['run.end', 'run.create']);
  });

  test('ending twice the same way is no error, another way is', async () => {
    const { runs, activity } = await start();
    const { id } = await runs.createRun(actor, { experiment: 'e' });
    await runs.endRun(actor, id, 'failed');
    await runs.endRun(actor, id, 'failed');
    await expect(runs.endRun(actor, id, 'finished')).rejects.toMatchObject({ code: 'invalid_state' });
    expect((await activity.list({})).items).toHaveLength(2);
  });

  test('parameters never change, tags do; a batch is all or nothing', async () => {
    const { runs } = await start();
    const { id } = await runs.createRun(actor, { experiment: 'e', parameters: { seed: '1' } });
    await runs.logRun(actor, id, { parameters: { seed: '1', depth: '6' }, tags: { stage: 'a' } });
    await runs.logRun(actor, id, { tags: { stage: 'b' } });
    const refused = runs.logRun(actor, id, {
      parameters: { depth: '7' },
      metrics: [{ key: 'loss', value: 1, step: 1, timeMs: 1 }],
    });
    await expect(refused).rejects.toMatchObject({ code: 'conflict' });
    expect(await runs.getRun(id)).toMatchObject({
      parameters: { seed: '1', depth: '6' },
      tags: { stage: 'b' },
      metrics: {},
    });
  });

  test('metrics keep their history; the latest is that of the greatest step, whatever came last', async () => {
    const { runs } = await start();
    const { id } = await runs.createRun(actor, { experiment: 'e' });
    const point = (step: number, value: number, timeMs = step) => ({ key: 'loss', value, step, timeMs });
    await runs.logRun(actor, id, { metrics: [point(1, 0.9), point(3, 1e-300), point(3, 0.1, 9)] });
    await runs.logRun(actor, id, { metrics: [point(2, 0.5), point(1, 0.9)] });
    expect((await runs.getRun(id)).metrics).toEqual({ loss: 0.1 });
    expect((await runs.getMetric(id, 'loss')).map(({ step, value }) => [step, value])).toEqual([
      [1, 0.9],
      [2, 0.5],
      [3, 1e-300],
      [3, 0.1],
    ]);
    const thousand = Array.from({ length: 1_000 }, (_, step) => ({
      key: 'dense',
      value: step / 7,
      step,
      timeMs: step,
    }));
    await runs.logRun(actor, id, { metrics: thousand });
    expect(await runs.getMetric(id, 'dense')).toEqual(thousand);
    expect(await runs.getMetric(id, 'none')).toEqual([]);
  });

  test('lists: experiments with their counts, runs newest first by page', async () => {
    const { experiments, runs } = await start();
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) {
      ids.push((await runs.createRun(actor, { experiment: i < 4 ? 'a' : 'b', parameters: { i: String(i) } })).id);
    }
    expect(await experiments.listExperiments('active')).toMatchObject([
      { id: '0', name: 'Default', runs: 0 },
      { name: 'a', runs: 4 },
      { name: 'b', runs: 1 },
    ]);
    const first = await runs.listRuns({ experiment: 'a', limit: 3 });
    const second = await runs.listRuns({ experiment: 'a', limit: 3, pageToken: first.nextPageToken ?? '' });
    const listed = [...first.items, ...second.items];
    expect(listed.map((run) => run.id)).toEqual(ids.slice(0, 4).toSorted().toReversed());
    expect(listed.every((run) => run.parameters['i'] === String(ids.indexOf(run.id)))).toBe(true);
    expect(second.nextPageToken).toBeUndefined();
  });

  test('an unknown run is not_found everywhere', async () => {
    const { runs } = await start();
    for (const call of [
      () => runs.getRun('x'),
      () => runs.logRun(actor, 'x', {}),
      () => runs.getMetric('x', 'loss'),
      () => runs.endRun(actor, 'x', 'killed'),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'not_found' });
    }
  });
});
