import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { describeBlobStore } from './blob-contract-suite.ts';
import { openBlobStore } from './index.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mulle-blobs-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describeBlobStore('in a folder', (maximumBytes) => openBlobStore(folder, { maximumBytes }));

test('damage is noticed when read, and mended by storing again', async () => {
  const store = await openBlobStore(folder);
  const { digest } = await store.put(Buffer.from('sound'));
  const path = join(folder, digest.slice(0, 2), digest.slice(2));
  chmodSync(path, 0o644);
  writeFileSync(path, 'wound');
  expect(await store.verify(digest)).toBe(false);
  await expect(store.get(digest)).rejects.toMatchObject({ code: 'corrupt_data' });
  await store.put(Buffer.from('sound'));
  expect(await store.verify(digest)).toBe(true);
});

test('nothing is left under incoming; what a crash left long ago goes at the next open', async () => {
  const store = await openBlobStore(folder);
  await Promise.all(Array.from({ length: 20 }, (_, index) => store.put(Buffer.from(`blob ${index % 5}`))));
  const incoming = join(folder, 'incoming');
  expect(readdirSync(incoming)).toEqual([]);
  writeFileSync(join(incoming, 'old'), '');
  writeFileSync(join(incoming, 'young'), '');
  utimesSync(join(incoming, 'old'), 0, 0);
  await openBlobStore(folder);
  expect([existsSync(join(incoming, 'old')), existsSync(join(incoming, 'young'))]).toEqual([false, true]);
});
