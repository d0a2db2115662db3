import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { contractTables } from './plain-contract.ts';

const root = import.meta.dirname;
/** What of other packages ends up in the bundle, beside the contract's tables. */
const others = [
  '../client/src/api-error.ts',
  '../client/src/control-client.ts',
  '../client/src/retry.ts',
  ...['evidence', 'names', 'strategy-variants', 'variant', 'version-check'].map((name) => `../contract/src/${name}.ts`),
  ...[
    'distributions/gamma',
    'distributions/normal',
    'experiment/plan-sample-size',
    'inference/confidence-sequence',
  ].map((name) => `../stats/src/${name}.ts`),
];

/**
 * SHA-256 over everything of this project that the built console is made of, lowercase hex. The build writes it into
 * `dist/source-hash.txt`, so that a test can tell whether what is committed was built from what is committed.
 */
export async function sourceHash(): Promise<string> {
  const source = (await readdir(join(root, 'src'), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && !/\.(test\.tsx?|d\.ts)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
  const hash = createHash('sha256').update(contractTables());
  for (const path of [...source, ...others, 'index.html', 'vite.config.ts'].sort()) {
    const text = await readFile(join(root, path), 'utf8');
    hash.update(`\0${path}\0${text.replaceAll('\r\n', '\n')}`);
  }
  return hash.digest('hex');
}
