import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Lineage } from '@mulle/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accessMigrations, AuditLog, type AccessTables, type Actor } from '#domains/access/index.ts';
import { activityMigrations, ActivityService, type ActivityTables } from '#domains/activity/index.ts';
import { MulleError } from '#kernel/errors.ts';
import { openBlobStore, type BlobStore } from '#platform/blobs/index.ts';
import { describeOnEveryDatabase } from '#platform/database/contract-suite.ts';
import { claimsDocument, logisticDocument } from '#platform/testing/pmml-documents.ts';
import { registryMigrations, RegistryService, type RegistryTables } from './index.ts';

const member: Actor = { name: 'minji', role: 'member' };
const maintainer: Actor = { name: 'jun', role: 'maintainer' };
const migrations = [...accessMigrations, ...activityMigrations, ...registryMigrations];
const lineage: Lineage = {
  runId: null,
  datasetVersion: null,
  featureService: null,
  codeDigest: null,
  parameters: { trees: 100 },
  seed: 7,
  environment: { node: '24' },
};

let folder = '';
let blobs: BlobStore;
let artifactDigest = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mulle-registry-'));
  blobs = await openBlobStore(folder);
  artifactDigest = (await blobs.put(Buffer.from('an artifact'))).digest;
});
afterAll(() => rmSync(folder, { recursive: true }));

describeOnEveryDatabase('registry', (open) => {
  async function start() {
    const database = await open<RegistryTables & ActivityTables & AccessTables>(migrations);
    const activity = new ActivityService(database);
    const audit = new AuditLog(database);
    const registry = new RegistryService({
      database,
      activity,
      audit,
      blobs,
      checkLineage: async ({ runId }) => {
        if (runId !== null) throw new MulleError('not_found', `There is no run ${runId}.`);
      },
      aliasPolicies: () => [{ aliases: ['Production'], approval: true }],
    });
    const create = (model = 'delay') =>
      registry.createVersion(member, model, {
        artifactDigest,
        features: ['b', 'a'],
        metrics: { auc: 0.7 },
        lineage,
        causeId: 'c',
      });
    return { registry, activity, audit, create };
  }

  test('a PMML document says itself what it takes; names for columns are for rows of numbers', async () => {
    const { registry } = await start();
    const store = async (text: string) => (await blobs.put(Buffer.from(text))).digest;
    const create = async (text: string, features?: string[]) =>
      registry.createVersion(member, 'm', {
        artifactDigest: await store(text),
        artifactFormat: 'pmml',
        metrics: {},
        lineage,
        ...(features && { features }),
      });
    expect(await create(logisticDocument)).toMatchObject({
      flavor: null,
      features: ['x'],
      artifact: { format: 'pmml' },
    });
    expect(await create(logisticDocument, ['age'])).toMatchObject({ features: ['age'] });
    expect(await create(claimsDocument)).toMatchObject({
      features: [],
      signature: { inputs: [{ name: 'age' }, { name: 'salary' }, { name: 'car location', datatype: 'BYTES' }] },
    });
    await expect(create(claimsDocument, ['a', 'b', 'c'])).rejects.toMatchObject({ code: 'invalid_argument' });
    await expect(create('no XML')).rejects.toMatchObject({ code: 'invalid_argument' });
  });

  test('versions count from one in each model, also when many come at once', async () => {
    const { registry, create, activity } = await start();
    const numbers = (await Promise.all(Array.from({ length: 10 }, () => create()))).map((version) => version.version);
    expect(numbers.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect((await create('other')).version).toBe(1);
    const first = await registry.listVersions('delay', { limit: 7 });
    const rest = await registry.listVersions('delay', { limit: 7, pageToken: first.nextPageToken ?? '' });
    expect([...first.items, ...rest.items].map((version) => version.version)).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect(await registry.getVersion('delay', 3)).toMatchObject({
      artifact: { digest: artifactDigest, bytes: 11, format: 'onnx' },
      features: ['b', 'a'],
      metrics: { auc: 0.7 },
      lineage,
      causeId: 'c',
      aliases: [],
    });
    const [last] = (await activity.list({ type: 'model-version-created', subject: 'delay@3' })).items;
    expect(last).toMatchObject({ causeId: 'c', value: { model: 'delay', version: 3 } });
  });

  test('nothing is registered without its artifact or with a lineage that means nothing', async () => {
    const { registry, activity } = await start();
    const wanted = { artifactDigest: 'f'.repeat(64), features: ['a'], metrics: {}, lineage };
    await expect(registry.createVersion(member, 'delay', wanted)).rejects.toMatchObject({ code: 'not_found' });
    const foreign = { ...wanted, artifactDigest, lineage: { ...lineage, runId: 'run_x' } };
    await expect(registry.createVersion(member, 'delay', foreign)).rejects.toThrow('run_x');
    expect([(await activity.list({})).items, await registry.listModels()]).toEqual([[], []]);
  });

  test('an alias moves; resolving it gives the version of now; each move is told once', async () => {
    const { registry, create, activity } = await start();
    await create();
    await create();
    expect((await registry.setAlias(member, 'delay', 'champion', { version: 1 })).aliases).toEqual(['champion']);
    await registry.setAlias(member, 'delay', 'champion', { version: 2, reason: 'better', causeId: 'x' });
    await registry.setAlias(member, 'delay', 'champion', { version: 2 });
    await registry.setAlias(member, 'delay', 'Staging', { version: 2 });
    expect(await registry.resolveAlias('delay', 'champion')).toMatchObject({
      version: 2,
      aliases: ['Staging', 'champion'],
    });
    expect(await registry.getModel('delay')).toMatchObject({
      versions: 2,
      latest: { version: 2 },
      aliases: { champion: 2, Staging: 2 },
    });
    const moves = (await activity.list({ type: 'alias-moved' })).items;
    expect(moves.map(({ value }) => [value['alias'], value['previous'], value['version']])).toEqual([
      ['Staging', null, 2],
      ['champion', 1, 2],
      ['champion', null, 1],
    ]);
    expect(moves[1]).toMatchObject({ causeId: 'x', value: { reason: 'better' } });
    await registry.deleteAlias(member, 'delay', 'champion');
    await expect(registry.resolveAlias('delay', 'champion')).rejects.toMatchObject({ code: 'not_found' });
    await expect(registry.deleteAlias(member, 'delay', 'champion')).rejects.toMatchObject({ code: 'not_found' });
    await expect(registry.setAlias(member, 'delay', 'latest', { version: 1 })).rejects.toMatchObject({
      code: 'invalid_argument',
    });
  });

  test('an alias under approval waits for a maintainer’s word, and the last word counts', async () => {
    const { registry, create, activity, audit } = await start();
    await create();
    const move = () => registry.setAlias(member, 'delay', 'Production', { version: 1 });
    await expect(move()).rejects.toMatchObject({ code: 'approval_required' });
    await registry.approve(maintainer, 'delay', 1, { verdict: 'approved', reason: 'beats the champion' });
    await registry.approve(maintainer, 'delay', 1, { verdict: 'rejected', reason: 'calibration' });
    await expect(move()).rejects.toThrow('calibration');
    await registry.approve(maintainer, 'delay', 1, { verdict: 'approved', reason: 'mended' });
    expect((await move()).aliases).toEqual(['Production']);
    expect(
      (await registry.listApprovals('delay', 1)).map(({ verdict, actor, reason }) => [verdict, actor, reason]),
    ).toEqual([
      ['approved', 'jun', 'mended'],
      ['rejected', 'jun', 'calibration'],
      ['approved', 'jun', 'beats the champion'],
    ]);
    expect((await activity.list({ type: 'approval-given' })).items).toHaveLength(3);
    expect(await audit.verify()).toMatchObject({ ok: true, entries: 5 });
  });

  test('what is not there is not_found', async () => {
    const { registry, create } = await start();
    await create();
    for (const call of [
      () => registry.getModel('none'),
      () => registry.listVersions('none', {}),
      () => registry.getVersion('delay', 2),
      () => registry.setAlias(member, 'delay', 'a', { version: 2 }),
      () => registry.approve(maintainer, 'delay', 2, { verdict: 'approved', reason: 'r' }),
      () => registry.listApprovals('delay', 2),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'not_found' });
    }
  });
});
