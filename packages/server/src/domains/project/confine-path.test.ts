import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sourcePath } from './confine-path.ts';

test('a path that became a link out of the roots after it was allowed is refused when it is to be opened', async () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'mulle-confine-')));
  const root = join(folder, 'root');
  mkdirSync(join(root, 'data'), { recursive: true });
  mkdirSync(join(folder, 'elsewhere'));
  const file = join(root, 'data', 'rows.csv');
  writeFileSync(file, 'a');
  writeFileSync(join(folder, 'elsewhere', 'rows.csv'), 'secret');
  expect(await sourcePath('data/rows.csv', [root])).toBe(file);

  renameSync(join(root, 'data'), join(root, 'before'));
  symlinkSync(join(folder, 'elsewhere'), join(root, 'data'));
  await expect(sourcePath('data/rows.csv', [root])).rejects.toMatchObject({ code: 'permission_denied' });

  // A link that stays inside is followed: what is opened is no link.
  rmSync(join(root, 'data'));
  symlinkSync(join(root, 'before'), join(root, 'data'));
  expect(await sourcePath(file, [root])).toBe(join(root, 'before', 'rows.csv'));
  rmSync(folder, { recursive: true });
});
