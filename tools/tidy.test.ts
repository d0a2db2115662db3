import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkCatalogues, checkDependencies, checkLength, checkNames, checkText, readProject } from './tidy.ts';

/** The ratchet: files that may pass 500 lines. It may shrink, and grow to ten at most. */
const longFiles: readonly string[] = [];

const files = await readProject(join(import.meta.dirname, '..'));
const handWritten = files.filter(({ path }) => path !== 'package-lock.json');
const textOf = (path: string): string | undefined => files.find((file) => file.path === path)?.text;

describe('the project', () => {
  test('was found', () => {
    expect(files.map(({ path }) => path)).toContain('tools/tidy.test.ts');
  });

  test('keeps files short', () => {
    expect(longFiles.length).toBeLessThanOrEqual(10);
    expect(checkLength(handWritten, longFiles)).toEqual([]);
  });

  test('names files by concept, in kebab-case', () => {
    expect(checkNames(handWritten)).toEqual([]);
  });

  test('leaves nothing undone, and names no machine and no registry', () => {
    expect(checkText(files)).toEqual([]);
  });

  test('locks no registry address', () => {
    expect(textOf('package-lock.json') ?? '').not.toMatch(/"resolved": "[a-z+]+:/);
  });

  test('records a reason for each dependency', () => {
    expect(checkDependencies(files)).toEqual([]);
  });

  const korean = textOf('packages/console/src/locales/ko.json');
  const english = textOf('packages/console/src/locales/en.json');
  test('says everything in Korean and in English', () => {
    expect(checkCatalogues(korean ?? '{}', english ?? '{}')).toEqual([]);
  });
});

describe('the checks complain of', () => {
  const file = (path: string, text = ''): { path: string; text: string } => ({ path, text });

  test('length', () => {
    expect(checkLength([file('a.ts', 'x\n'.repeat(500))], [])).toEqual([]);
    expect(checkLength([file('a.ts', 'x\n'.repeat(501))], [])).toHaveLength(1);
    expect(checkLength([file('a.ts', 'x\n'.repeat(501))], ['a.ts'])).toEqual([]);
    expect(checkLength([file('a.ts', 'x\n'.repeat(1001))], ['a.ts'])).toHaveLength(1);
    expect(checkLength([file('a.ts')], ['a.ts'])).toHaveLength(1);
  });

  test.each(['src/StoreThing.ts', 'src/a_b.ts', 'src/utils.ts', 'src/lib/store.ts', 'src/run-helpers.test.ts'])(
    '%s',
    (path) => {
      expect(checkNames([file(path)])).toHaveLength(1);
    },
  );

  test('nothing in a good name', () => {
    expect(
      checkNames([file('packages/a/src/run-store.test.ts'), file('.ci/run-all.sh'), file('vite.config.ts')]),
    ).toEqual([]);
  });

  test.each([
    `// TO${'DO'} later`,
    `see '/work${'/main'}/x'`,
    `cat /root${'/x'}`,
    `https://registry${'.'}example.org/`,
  ])('%s', (text) => {
    expect(checkText([file('a.ts', text)])).toHaveLength(1);
  });

  test('nothing in a layer path', () => {
    expect(checkText([file('a.ts', `import '#work/main.ts'; // packages/server/src/work/main.ts`)])).toEqual([]);
  });

  test('a dependency without a record', () => {
    const manifest = file('package.json', '{"dependencies":{"pg":"1","@mulle/stats":"1"}}');
    expect(checkDependencies([manifest])).toHaveLength(1);
    expect(checkDependencies([manifest, file('docs/adr/0001-x.md', '`pg`: reason')])).toEqual([]);
  });

  test('catalogues that differ', () => {
    expect(checkCatalogues('{"a":{"n_other":"{{count}}개"}}', '{"a":{"n_one":"one","n_other":"{{count}}"}}')).toEqual(
      [],
    );
    expect(checkCatalogues('{"a":"x"}', '{"b":"x"}')).toHaveLength(2);
    expect(checkCatalogues('{"a":"{{x}}"}', '{"a":"{{y}}"}')).toHaveLength(1);
  });
});
