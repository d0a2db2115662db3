import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { loadConfig } from '#config/index.ts';
import { exampleManifest } from '#domains/project/index.ts';
import { openBlobStore } from '#platform/blobs/index.ts';
import { describeOnEveryDatabase } from '#platform/database/contract-suite.ts';
import { controlMigrations, openServices, type ControlTables } from './control-services.ts';
import { resetPlatform } from './reset-platform.ts';

const localOwner = { name: 'local-owner', role: 'owner' } as const;
let folder = '';
afterEach(() => rmSync(folder, { recursive: true }));

describeOnEveryDatabase('reset', (open) => {
  async function start(ephemeral: boolean) {
    folder = mkdtempSync(join(tmpdir(), 'mulle-reset-'));
    const config = loadConfig({ environment: {}, cwd: folder, ephemeral });
    const database = await open<ControlTables>(controlMigrations);
    const blobs = await openBlobStore(join(folder, 'blobs'));
    const services = await openServices(config, database, blobs, {
      onProblem: (problem) => expect.unreachable(String(problem)),
    });
    const reset = (root: string | null) => resetPlatform(services, { config, database, blobs }, localOwner, root);
    return { services, blobs, reset };
  }

  test('leaves experiment 0 and nothing else, and the numbers begin anew', async () => {
    const { services, blobs, reset } = await start(true);
    const { experiments, runs, artifacts, catalogue, manifests, audit } = services;
    const { row } = await experiments.create(localOwner, { name: 'one' });
    const run = await runs.createRun(localOwner, { experimentId: row.id, name: 'r', tags: { a: 'b' } });
    await runs.logRun(localOwner, run.id, { metrics: [{ key: 'm', value: 1, timeMs: 1, step: 0 }] });
    await artifacts.put(
      '1/file',
      (async function* () {
        yield Buffer.from('bytes');
      })(),
    );
    await catalogue.create(localOwner, 'model', { description: '', tags: {} });
    await manifests.apply(exampleManifest(), localOwner);
    await reset(null);
    expect(await experiments.listExperiments('active')).toMatchObject([{ id: '0', name: 'Default', runs: 0 }]);
    expect(await runs.runExists(run.id)).toBe(false);
    expect(await artifacts.list('')).toEqual([]);
    expect(await catalogue.getModels(['model'])).toEqual([]);
    expect(manifests.current()).toBeNull();
    for await (const { digest } of blobs.list()) expect.unreachable(digest);
    expect((await experiments.create(localOwner, { name: 'one' })).row.id).toBe(row.id);
    expect(await audit.verify()).toMatchObject({ ok: true });
  });

  test('artifacts of new experiments lie below the root that it names', async () => {
    const { services, reset } = await start(true);
    await reset('file:///data/runs/');
    const places = async () => {
      const { row } = await services.experiments.create(localOwner, { name: 'one' });
      return [(await services.experiments.get(0)).row.artifact_location, row.artifact_location];
    };
    expect(await places()).toEqual(['file:///data/runs/0', 'file:///data/runs/1']);
    await reset(null);
    expect(await places()).toEqual(['mlflow-artifacts:/0', 'mlflow-artifacts:/1']);
  });

  test('is refused where data is meant to last', async () => {
    const { services, reset } = await start(false);
    await services.experiments.create(localOwner, { name: 'one' });
    await expect(reset(null)).rejects.toMatchObject({ code: 'invalid_state' });
    expect(await services.experiments.listExperiments('active')).toHaveLength(2);
  });
});
