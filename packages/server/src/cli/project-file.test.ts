import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readProject } from './project-file.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mulle-project-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const empty = {
  schemaVersion: 1,
  project: 'p',
  sources: [],
  datasets: [],
  featureViews: [],
  featureServices: [],
  endpoints: [],
  pipelines: [],
  triggers: [],
  monitors: [],
};

test.each([
  ['manifest.json', JSON.stringify(empty)],
  ['module.mjs', `export const project = ${JSON.stringify(empty)};`],
])('reads %s', async (name, text) => {
  const file = join(folder, name);
  writeFileSync(file, text);
  expect(await readProject(file)).toEqual(empty);
});

test.each([
  ['broken.json', '{"schemaVersion": 1,', /broken\.json cannot be read: .*JSON/],
  ['other.json', '{"projekt": "x"}', /other\.json is no project/],
  ['throws.mjs', '\n\nthrow new Error("내 잘못");', /throws\.mjs\S* cannot be read: 내 잘못/],
  ['nothing.mjs', 'export const nothing = 1;', /nothing\.mjs exports no "project"/],
])('%s is named with what is wrong', async (name, text, message) => {
  const file = join(folder, name);
  writeFileSync(file, text);
  await expect(readProject(file)).rejects.toMatchObject({
    code: 'invalid_manifest',
    message: expect.stringMatching(message),
  });
});

test('a file that is not there is no project', async () => {
  await expect(readProject(join(folder, 'absent.ts'))).rejects.toMatchObject({ code: 'not_found' });
});
