import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UsedFolders } from './used-folders.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mulle-used-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const dayMs = 86_400_000;
const now = new Date('2026-11-25T12:00:00Z');

/** A folder with something in it that was last marked so many days ago. */
function make(name: string, daysAgo: number): void {
  mkdirSync(join(folder, name));
  writeFileSync(join(folder, name, 'python'), '');
  const time = new Date(now.getTime() - daysAgo * dayMs);
  utimesSync(join(folder, name), time, time);
}

test('what nobody marked for a month goes; what this process uses stays and is marked, however old', async () => {
  make('fresh', 29);
  make('old', 31);
  make('used', 400);
  make('building.tmp', 0.5);
  make('died-over.tmp', 2);
  const folders = new UsedFolders(folder);
  await folders.use('used');
  await folders.use('not there yet');
  await folders.tend(now);
  expect(readdirSync(folder).toSorted()).toEqual(['building.tmp', 'fresh', 'used']);
  expect(statSync(join(folder, 'used')).mtimeMs).toBe(now.getTime());
  await new UsedFolders(folder).tend(new Date(now.getTime() + 31 * dayMs));
  expect(readdirSync(folder)).toEqual([]);
});

test('without the folder there is nothing to tend', async () => {
  await new UsedFolders(join(folder, 'none')).tend(now);
  expect(readdirSync(folder)).toEqual([]);
});
