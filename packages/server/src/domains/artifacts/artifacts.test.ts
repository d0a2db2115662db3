import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBlobStore, type BlobStore } from '#platform/blobs/index.ts';
import { readBundle } from '#platform/bundles/index.ts';
import { describeOnEveryDatabase } from '#platform/database/contract-suite.ts';
import { ArtifactsService, artifactsMigrations, type ArtifactsTables } from './index.ts';

let folder = '';
let blobs: BlobStore;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mulle-artifacts-'));
  blobs = await openBlobStore(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

describeOnEveryDatabase('artifacts', (open) => {
  async function start() {
    const database = await open<ArtifactsTables>(artifactsMigrations);
    const artifacts = new ArtifactsService({ database, blobs });
    const read = async (path: string) => Buffer.concat(await (await artifacts.open(path)).stream.toArray()).toString();
    return { artifacts, read };
  }

  test('files come back as they went, and folders are what their paths make', async () => {
    const { artifacts, read } = await start();
    await artifacts.put('0/run/artifacts/model/MLmodel', pieces('fla', 'vors'));
    await artifacts.put('0/run/artifacts/model/data/model.pkl', pieces('x'));
    await artifacts.put('0/run/artifacts/그림 1.png', pieces('png'));
    await artifacts.put('0/run/artifacts0/other', pieces('no child'));
    expect(await read('0/run/artifacts/model/MLmodel')).toBe('flavors');
    expect(await artifacts.list('0/run/artifacts')).toEqual([
      { name: 'model', isFolder: true, bytes: null },
      { name: '그림 1.png', isFolder: false, bytes: 3 },
    ]);
    expect(await artifacts.list('0/run/artifacts/model/')).toHaveLength(2);
    expect(await artifacts.list('0/none')).toEqual([]);
    await artifacts.put('0/run/artifacts/model/MLmodel', pieces('new'));
    expect(await read('0/run/artifacts/model/MLmodel')).toBe('new');
  });

  test('a folder is a bundle by content', async () => {
    const { artifacts } = await start();
    await artifacts.put('a/model/MLmodel', pieces('m'));
    await artifacts.put('a/model/data/x', pieces('x'));
    const digest = await artifacts.bundle('a/model');
    expect(readBundle(await blobs.get(digest ?? '')).files.map(({ path }) => path)).toEqual(['MLmodel', 'data/x']);
    expect(await artifacts.bundle('a/nothing')).toBeUndefined();
  });

  test('what breaks off in the middle is nowhere', async () => {
    const { artifacts } = await start();
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('half');
      throw new Error('the caller went away');
    }
    await expect(artifacts.put('a/half', broken())).rejects.toThrow(/went away/);
    expect(await artifacts.list('a')).toEqual([]);
  });

  test('a folder is deleted with all in it, and nothing beside it', async () => {
    const { artifacts } = await start();
    for (const path of ['a/b/1', 'a/b/c/2', 'a/b0', 'a/b-']) await artifacts.put(path, pieces('x'));
    await artifacts.delete('a/b');
    expect((await artifacts.list('a')).map(({ name }) => name)).toEqual(['b-', 'b0']);
    await artifacts.delete('a/never');
  });

  test.each([
    '../x',
    'a/../../x',
    '/etc/passwd',
    'a//b',
    '%2e%2e/x',
    'a/%252e%252e/x',
    'a\\..\\x',
    'C:/x',
    'file:///etc',
    '.',
    '',
  ])('the path %j is refused', async (path) => {
    const { artifacts } = await start();
    await expect(artifacts.put(path, pieces('x'))).rejects.toMatchObject({ code: 'invalid_argument' });
    await expect(artifacts.open(path)).rejects.toMatchObject({ code: 'invalid_argument' });
    await expect(artifacts.delete(path)).rejects.toMatchObject({ code: 'invalid_argument' });
    expect(await artifacts.list('a')).toEqual([]);
  });

  test('names that only look dangerous are taken', async () => {
    const { artifacts, read } = await start();
    for (const path of ['100%', 'a..b/..c', 'a b/ㄱ%20ㄴ']) {
      await artifacts.put(path, pieces(path));
      expect(await read(path)).toBe(path);
    }
  });
});
