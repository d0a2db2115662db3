import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatasetDefinition, DatasetPart } from '@mulle/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accessMigrations, AuditLog, type AccessTables, type Actor } from '#domains/access/index.ts';
import { activityMigrations, ActivityService, type ActivityTables } from '#domains/activity/index.ts';
import { openBlobStore, type BlobStore } from '#platform/blobs/index.ts';
import { describeOnEveryDatabase } from '#platform/database/contract-suite.ts';
import { datasetsMigrations, DatasetsService, type DatasetsTables } from './index.ts';

const actor: Actor = { name: 'platform', role: 'internal' };
const migrations = [...accessMigrations, ...activityMigrations, ...datasetsMigrations];
const flights: DatasetDefinition = {
  name: 'flights',
  fields: [{ name: 'at', type: 'timestamp' }],
  eventTime: 'at',
  checks: [],
};

let folder = '';
let blobs: BlobStore;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mulle-datasets-'));
  blobs = await openBlobStore(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A stored part that covers days [from, to) of a calendar that begins at 0. */
async function part(from: number, to: number, content = `${from}-${to}`): Promise<DatasetPart> {
  const { digest, bytes } = await blobs.put(Buffer.from(content));
  return { fromMs: from * 86_400_000, toMs: to * 86_400_000, digest, bytes, rows: 10, source: 'history' };
}

describeOnEveryDatabase('datasets', (open) => {
  async function start(definitions = [flights]) {
    const database = await open<DatasetsTables & ActivityTables & AccessTables>(migrations);
    const activity = new ActivityService(database);
    const audit = new AuditLog(database);
    const datasets = new DatasetsService({ database, activity, audit, blobs, definitions: () => definitions });
    const add = (parts: DatasetPart[], parent: number | null) =>
      datasets.createVersion(actor, 'flights', { parts, parent, causeId: 'task' });
    return { datasets, activity, audit, add };
  }

  test('a version holds its parent’s parts and its own, in order of time', async () => {
    const { datasets, add, activity } = await start();
    const [january, february] = [await part(0, 31), await part(31, 59)];
    expect((await datasets.getDataset('flights')).latest).toBeNull();
    await add([february], null);
    const second = await add([january], 1);
    expect(second).toMatchObject({ version: 2, parent: 1, rows: 20, parts: [january, february], causeId: 'task' });
    expect(await datasets.getVersion('flights', 2)).toEqual(second);
    expect(await datasets.diff('flights', 1, 2)).toEqual({ added: [january], removed: [] });
    expect(await datasets.listDatasets()).toEqual([{ definition: flights, latest: second }]);
    const listed = await datasets.listVersions('flights', { limit: 1 });
    const { parts: _parts, ...summary } = second;
    expect(listed.items).toEqual([summary]);
    expect(listed.nextPageToken).toBeDefined();
    const [told] = (await activity.list({ subject: 'flights@2' })).items;
    expect(told).toMatchObject({
      type: 'dataset-version-created',
      causeId: 'task',
      value: { id: second.id, addedParts: 1 },
    });
  });

  test('the id is that of the content: equal parts and schema, equal id', async () => {
    const [january, february] = [await part(0, 31), await part(31, 59)];
    const one = await start();
    const together = await one.add([february, january], null);
    const other = await start([{ ...flights, name: 'other' }]);
    const renamed = await other.datasets.createVersion(actor, 'other', { parts: [january, february], parent: null });
    expect(renamed.id).toBe(together.id);
    const wider = await start([
      { ...flights, name: 'wider', fields: [...flights.fields, { name: 'b', type: 'number' }] },
    ]);
    const widened = await wider.datasets.createVersion(actor, 'wider', { parts: [january, february], parent: null });
    expect(widened.id).not.toBe(together.id);
  });

  test('asked again it is the same version; on an old parent it is a conflict', async () => {
    const { add } = await start();
    const first = await add([await part(0, 31)], null);
    expect(await add([await part(0, 31)], null)).toEqual(first);
    const second = await add([await part(31, 59)], 1);
    expect(await add([await part(31, 59)], 1)).toEqual(second);
    await expect(add([await part(59, 90)], 1)).rejects.toMatchObject({ code: 'conflict' });
    await expect(add([await part(59, 90)], 9)).rejects.toMatchObject({ code: 'conflict' });
  });

  test('a part takes the place of those it covers, and cuts none in two', async () => {
    const { add } = await start();
    await add([await part(0, 1), await part(1, 2), await part(2, 4)], null);
    const replaced = await add([await part(0, 2, 'again')], 1);
    expect(replaced.parts.map(({ fromMs, toMs }) => [fromMs / 86_400_000, toMs / 86_400_000])).toEqual([
      [0, 2],
      [2, 4],
    ]);
    await expect(add([await part(3, 5)], 2)).rejects.toMatchObject({ code: 'invalid_argument' });
    await expect(add([await part(5, 5)], 2)).rejects.toMatchObject({ code: 'invalid_argument' });
  });

  test('a quarantined window is left out of the versions made after, until it is lifted', async () => {
    const { datasets, add, activity } = await start();
    await add([await part(0, 1), await part(1, 2)], null);
    const day = 86_400_000;
    const window = { fromMs: day, toMs: 2 * day, reason: 'distance in km', findingId: 'finding_1' };
    const quarantine = await datasets.quarantine(actor, 'flights', window);
    await datasets.quarantine(actor, 'flights', window);
    expect(await datasets.listQuarantine('flights')).toMatchObject([
      { ...quarantine, createdAtMs: expect.any(Number) },
    ]);
    const second = await add([await part(2, 3)], 1);
    expect(second.parts.map(({ fromMs }) => fromMs / day)).toEqual([0, 2]);
    expect((await datasets.diff('flights', 1, 2)).removed).toHaveLength(1);
    expect((await activity.list({ type: 'window-quarantined' })).items[0]).toMatchObject({ causeId: 'finding_1' });
    await datasets.liftQuarantine(actor, 'flights', day);
    await expect(datasets.liftQuarantine(actor, 'flights', day)).rejects.toMatchObject({ code: 'not_found' });
    expect((await add([await part(1, 2)], 2)).rows).toBe(30);
    const backwards = datasets.quarantine(actor, 'flights', { fromMs: 2, toMs: 1, reason: 'r' });
    await expect(backwards).rejects.toMatchObject({ code: 'invalid_argument' });
  });

  test('parts must be stored, as long as they say; datasets must be defined', async () => {
    const { datasets, add } = await start();
    const stored = await part(0, 1);
    await expect(add([{ ...stored, digest: 'f'.repeat(64) }], null)).rejects.toMatchObject({ code: 'not_found' });
    await expect(add([{ ...stored, bytes: 1 }], null)).rejects.toMatchObject({ code: 'invalid_argument' });
    for (const call of [
      () => datasets.getDataset('none'),
      () => datasets.createVersion(actor, 'none', { parts: [stored], parent: null }),
      () => datasets.getVersion('flights', 1),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'not_found' });
    }
  });
});
