import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadConfig } from '#config/index.ts';
import { openBlobStore } from '#platform/blobs/index.ts';
import { describeOnEveryDatabase } from '#platform/database/contract-suite.ts';
import { controlMigrations, openServices, type ControlTables } from './control-services.ts';

const actor = { name: 'local-owner', role: 'owner' } as const;

describeOnEveryDatabase('purging an experiment', (open) => {
  test('takes traces, scorers and the datasets of it alone along, and nothing of another', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mulle-purge-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const config = loadConfig({ environment: {}, cwd: folder });
    const database = await open<ControlTables>(controlMigrations);
    const services = await openServices(config, database, await openBlobStore(join(folder, 'blobs')), {
      onProblem: (problem) => expect.unreachable(String(problem)),
    });
    const { experiments, organiser, traces, scorers, evaluationDatasets } = services;
    const [gone, stays] = await Promise.all(
      ['gone', 'stays'].map(async (name) => String((await experiments.create(actor, { name })).row.id)),
    );
    if (gone === undefined || stays === undefined) throw new Error('Two were made.');
    const span = { parentId: null, name: 's', status: 'ok', statusMessage: '', startNs: 1n, endNs: 2n } as const;
    const traceOf = async (experiment: string, digit: string) => {
      const traceId = `tr-${digit.repeat(32)}`;
      const rest = { id: digit.repeat(16), attributes: {}, events: [], links: [] };
      await traces.recordSpans(experiment, [{ ...span, ...rest, traceId }]);
      return traceId;
    };
    const traceIds = [await traceOf(gone, 'a'), await traceOf(stays, 'b')];
    for (const experiment of [gone, stays]) await scorers.register(actor, experiment, 'judge', '{}');
    const own = await evaluationDatasets.create(actor, { name: 'own', tags: {}, experimentIds: [gone] });
    const shared = await evaluationDatasets.create(actor, { name: 'shared', tags: {}, experimentIds: [gone, stays] });
    await experiments.setStage(actor, Number(gone), 'deleted');
    await organiser.purgeExperiment(actor, gone);
    expect((await traces.getTraces(traceIds)).map(({ id }) => id)).toEqual([traceIds[1]]);
    const kept = await database.kysely.selectFrom('scorers').select('experiment_id').execute();
    expect(kept).toEqual([{ experiment_id: stays }]);
    await expect(evaluationDatasets.get(own.row.id)).rejects.toMatchObject({ code: 'not_found' });
    expect(await evaluationDatasets.get(shared.row.id)).toMatchObject({ experimentIds: [stays] });
  });
});
