import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/**
 * Each rule that the architecture rests on is fed a violation, in a copy of the project's folders with the project's own
 * lint configuration, and must be the rule that fires; the legal neighbour of each must pass.
 */
const project = join(import.meta.dirname, '..');
const layers = 'mulle(layers)';
const server = 'packages/server/src';

/** Folder, source, and the rule that must fire (undefined: none). */
type Case = readonly [folder: string, source: string, rule?: string];

const uses = (specifier: string): string => `import { x } from '${specifier}';\nexport const y = x;\n`;

const cases: readonly Case[] = [
  // Packages.
  ['packages/contract/src', uses('@mulle/stats'), layers],
  ['packages/stats/src', uses('@mulle/contract'), layers],
  ['packages/stats/src', uses('@mulle/decision'), layers],
  ['packages/decision/src', uses('@mulle/client'), layers],
  ['packages/decision/src', uses('../../stats/src/index.ts'), layers],
  ['packages/decision/src', uses('@mulle/stats')],
  ['packages/decision/src', uses('@mulle/contract')],
  ['packages/client/src', uses('@mulle/stats'), layers],
  ['packages/client/src', uses('../../../tools/lint/layers.ts'), layers],
  ['packages/console/src', uses('@mulle/server'), layers],
  ['examples/flights', uses('../../packages/client/src/index.ts'), layers],
  ['examples/flights', uses('@mulle/server'), layers],
  ['examples/flights', uses('@mulle/client')],
  // The server's layers, upwards.
  [`${server}/kernel`, uses('#config/x.ts'), layers],
  [`${server}/kernel`, uses('#platform/x.ts'), layers],
  [`${server}/kernel`, uses('@mulle/decision'), layers],
  [`${server}/kernel`, uses('@mulle/contract')],
  [`${server}/config`, uses('#platform/x.ts'), layers],
  [`${server}/config`, uses('#kernel/x.ts')],
  [`${server}/platform/events`, uses('#domains/runs/index.ts'), layers],
  [`${server}/platform/events`, uses('#plane/x.ts'), layers],
  [`${server}/platform/events`, uses('#config/x.ts')],
  [`${server}/domains/runs`, uses('#http/x.ts'), layers],
  [`${server}/domains/runs`, uses('#work/x.ts'), layers],
  [`${server}/domains/runs`, uses('#plane/x.ts'), layers],
  [`${server}/domains/runs`, uses('#platform/events/x.ts')],
  [`${server}/protocols/mlflow`, uses('#http/x.ts'), layers],
  [`${server}/work`, uses('#protocols/x.ts'), layers],
  [`${server}/http`, uses('#cli/x.ts'), layers],
  [`${server}/cli`, uses('#work/x.ts'), layers],
  [`${server}/cli`, uses('../main.ts'), layers],
  ['packages/server/src', uses('#plane/x.ts')],
  ['packages/server/src', uses('./cli/x.ts'), layers],
  // The plane and domains never meet.
  [`${server}/plane`, uses('#domains/runs/index.ts'), layers],
  [`${server}/plane/providers`, uses('#http/x.ts'), layers],
  [`${server}/plane/providers`, uses('../../domains/runs/index.ts'), layers],
  [`${server}/plane`, uses('@mulle/decision')],
  [`${server}/plane`, uses('#platform/events/x.ts')],
  // Aliases are the only way across.
  [`${server}/config`, uses('../kernel/x.ts'), layers],
  [`${server}/platform/events/journal`, uses('../../../kernel/x.ts'), layers],
  [`${server}/platform/events/journal`, uses('../../database/x.ts')],
  [`${server}/work`, `export { x } from '../kernel/x.ts';\n`, layers],
  [`${server}/work`, `export * from '../kernel/x.ts';\n`, layers],
  [`${server}/work`, `export const x = (): Promise<unknown> => import('#cli/x.ts');\n`, layers],
  [`${server}/kernel`, `import type { X } from '#config/x.ts';\nexport type Y = X;\n`, layers],
  [`${server}/kernel`, `export type Y = import('#config/x.ts').X;\n`, layers],
  // Domains meet through index.ts.
  [`${server}/domains/runs`, uses('../models/store.ts'), layers],
  [`${server}/domains/runs/deep`, uses('../../models/store.ts'), layers],
  [`${server}/domains/runs`, uses('#domains/models/store.ts'), layers],
  [`${server}/domains/runs`, uses('../models/index.ts')],
  [`${server}/domains/runs/deep`, uses('../store.ts')],
  [`${server}/http`, uses('#domains/runs/store.ts'), layers],
  [`${server}/http`, uses('#domains/runs/index.ts')],
  // Time, randomness, environment, console.
  [`${server}/work`, 'export const x = process.env;\n', 'node(no-process-env)'],
  ['packages/client/src', 'export const x = process.env;\n', 'node(no-process-env)'],
  [`${server}/config`, 'export const x = process.env;\n'],
  [`${server}/work`, 'export const x = Date.now();\n', 'eslint(no-restricted-properties)'],
  ['packages/stats/src', 'export const x = Math.random();\n', 'eslint(no-restricted-properties)'],
  ['packages/decision/src', 'export const x = new Date();\n', 'mulle(no-current-date)'],
  ['packages/decision/src', 'export const x = new Date(0);\n'],
  [`${server}/kernel`, 'export const x = Date.now() + Math.random();\n'],
  [
    `${server}/work`,
    `import { randomUUID } from 'node:crypto';\nexport const x = randomUUID();\n`,
    'eslint(no-restricted-imports)',
  ],
  [`${server}/work`, 'console.log(1);\n', 'eslint(no-console)'],
  [`${server}/cli`, 'console.log(1);\n'],
  // The language.
  ['packages/stats/src', 'export default 1;\n', 'import(no-default-export)'],
  ['packages/stats/src', 'export const x: any = 1;\n', 'typescript(no-explicit-any)'],
  ['packages/stats/src', 'export const x = (y?: string): string => y!;\n', 'typescript(no-non-null-assertion)'],
  ['packages/stats/src', 'export const x = eval;\neval("1");\n', 'eslint(no-eval)'],
  ['packages/stats/src', 'export const x = new Function("return 1");\n', 'typescript(no-implied-eval)'],
  ['packages/stats/src', 'const x = async (): Promise<void> => {};\nx();\n', 'typescript(no-floating-promises)'],
  [
    'packages/stats/src',
    'export const x = (): void => {\n' + '  void 0;\n'.repeat(70) + '};\n',
    'eslint(max-lines-per-function)',
  ],
];

const cycle = ['packages/server/src/work/cycle-a.ts', 'packages/server/src/work/cycle-b.ts'] as const;

interface Diagnostic {
  code: string;
  filename: string;
}

/** Diagnostics of one oxlint run over `folder`, rule codes by file. */
async function lint(folder: string): Promise<Map<string, string[]>> {
  const binary = join(project, 'node_modules/oxlint/bin/oxlint');
  const output = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, [binary, '-f', 'json'], { cwd: folder, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      if (stdout.startsWith('{')) resolve(stdout);
      else reject(new Error(`oxlint did not report: ${stdout}${stderr}`, { cause: error }));
    });
  });
  const found = new Map<string, string[]>();
  const { diagnostics } = JSON.parse(output) as { diagnostics: Diagnostic[] };
  for (const { code, filename } of diagnostics) found.set(filename, [...(found.get(filename) ?? []), code]);
  return found;
}

describe('lint rules', () => {
  let folder: string;
  let found: Map<string, string[]>;
  const fileOf = ([place]: Case, index: number): string => `${place}/case-${index}.ts`;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mulle-layers-'));
    for (const path of [
      '.oxlintrc.json',
      'tsconfig.json',
      'package.json',
      'packages/server/package.json',
      'tools/lint',
    ]) {
      await cp(join(project, path), join(folder, path), { recursive: true });
    }
    await symlink(join(project, 'node_modules'), join(folder, 'node_modules'));
    const files = cases.map((item, index): [string, string] => [fileOf(item, index), item[1]]);
    files.push([cycle[0], uses('./cycle-b.ts')], [cycle[1], uses('#work/cycle-a.ts')]);
    for (const [path, source] of files) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), source);
    }
    found = await lint(folder);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test.each(cases.map((item, index) => ({ item, file: fileOf(item, index), says: item[2] ?? 'passes' })))(
    '$file $item.1 → $says',
    ({ item: [, , rule], file }) => {
      const fired = new Set(found.get(file));
      expect(rule === undefined ? fired.size === 0 : fired.has(rule), [...fired].join(', ')).toBe(true);
    },
  );

  test('a cycle through an alias', () => {
    expect([...(found.get(cycle[0]) ?? []), ...(found.get(cycle[1]) ?? [])]).toContain('import(no-cycle)');
  });
});
