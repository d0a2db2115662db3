import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sourceHash } from '../source-hash.ts';

test('the built console was built from these sources', async () => {
  const built = await readFile(join(import.meta.dirname, '../dist/source-hash.txt'), 'utf8').catch(() => 'none');
  expect(built.trim(), 'Run `npm run build` and commit packages/console/dist.').toBe(await sourceHash());
});
