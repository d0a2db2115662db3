import { expect, test } from 'vitest';
import { accessMigrations, AuditLog, type AccessTables, type Actor } from '#domains/access/index.ts';
import { activityMigrations, ActivityService, type ActivityTables } from '#domains/activity/index.ts';
import { describeOnEveryDatabase } from '#platform/database/contract-suite.ts';
import {
  experimentsMigrations,
  ExperimentsService,
  LoggedModelsService,
  RunImports,
  RunsService,
  type ExperimentsTables,
} from './index.ts';

const actor: Actor = { name: 'minji', role: 'maintainer' };
const migrations = [...accessMigrations, ...activityMigrations, ...experimentsMigrations];
const id = 'ab'.repeat(16);
const modelId = `m-${'cd'.repeat(16)}`;
const told = { from: 'http://elsewhere:5000', experimentId: '0', name: 'old', parameters: { rate: '0.1' }, tags: {} };
const run = { ...told, user: 'jun', status: 'finished', stage: 'active', startedAtMs: 5, endedAtMs: 9 } as const;

describeOnEveryDatabase('runs that were recorded elsewhere', (open) => {
  async function start() {
    const database = await open<ExperimentsTables & ActivityTables & AccessTables>(migrations);
    const [activity, audit] = [new ActivityService(database), new AuditLog(database)];
    return {
      activity,
      experiments: new ExperimentsService({ database, audit }),
      imports: new RunImports({ database, audit }),
      loggedModels: new LoggedModelsService(database),
      runs: new RunsService({ database, activity, audit }),
    };
  }

  test('stand under their ids as they were told last, and set nothing in motion', async () => {
    const { activity, imports, runs } = await start();
    const { artifactUri } = await imports.putRun(actor, id, { ...run, parameters: { rate: '9', gone: 'x' } });
    expect(artifactUri).toBe(`mlflow-artifacts:/0/${id}/artifacts`);
    await runs.logRun(actor, id, { tags: { note: 'kept' } });
    await imports.putRun(actor, id, { ...run, stage: 'deleted', tags: { late: 'y' } });
    expect(await runs.getRun(id)).toMatchObject({
      status: 'finished',
      stage: 'deleted',
      user: 'jun',
      parameters: { rate: '0.1' },
      tags: { note: 'kept', late: 'y' },
      startedAtMs: 5,
      endedAtMs: 9,
    });
    expect((await activity.list({})).items).toEqual([]);
  });

  test('stay where somebody moved them to; their files may stay elsewhere', async () => {
    const { experiments, imports, runs } = await start();
    const { row } = await experiments.create(actor, { name: 'other' });
    const place = { ...run, experimentId: String(row.id), artifactUri: 's3://bucket/1' };
    expect(await imports.putRun(actor, id, place)).toEqual({ artifactUri: 's3://bucket/1' });
    await imports.putRun(actor, id, run);
    expect(await runs.getRun(id)).toMatchObject({ experiment: 'other' });
  });

  test('are refused under the id of a run that was recorded here', async () => {
    const { imports, runs } = await start();
    const own = await runs.createRun(actor, { name: 'own' });
    await expect(imports.putRun(actor, own.id, run)).rejects.toMatchObject({ code: 'already_exists' });
    await expect(imports.putRun(actor, id, { ...run, experimentId: '7' })).rejects.toMatchObject({ code: 'not_found' });
  });

  test('logged models, with what was measured of them', async () => {
    const { imports, loggedModels } = await start();
    const times = { createdAtMs: 5, updatedAtMs: 6 };
    const metric = { key: 'auc', step: 1, timeMs: 7, runId: id, datasetName: 'iris', datasetDigest: 'd' };
    const model = { ...told, ...times, statusMessage: null, type: null, runId: id };
    await imports.putLoggedModel(actor, modelId, { ...model, status: 'pending', metrics: [] });
    const metrics = [
      { ...metric, value: 0.5 },
      { ...metric, step: 2, value: null },
    ];
    for (const round of [1, 2]) {
      await imports.putLoggedModel(actor, modelId, { ...model, status: 'ready', tags: { round: `${round}` }, metrics });
    }
    const found = await loggedModels.get(modelId);
    expect(found).toMatchObject({ row: { status: 'ready', created_at_ms: 5 }, tags: { round: '2' } });
    expect(found.metrics.map(({ value }) => value)).toEqual([0.5, Number.NaN]);
  });
});
