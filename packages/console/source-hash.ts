import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { plainContract } from './plain-contract.ts';

const root = import.meta.dirname;
/** What of the client ends up in the bundle. */
const clientFiles = ['api-error.ts', 'control-client.ts', 'retry.ts'].map((name) => `../client/src/${name}`);

/**
 * SHA-256 over everything of this project that the built console is made of, lowercase hex. The build writes it into
 * `dist/source-hash.txt`, so that a test can tell whether what is committed was built from what is committed.
 */
export async function sourceHash(): Promise<string> {
  const source = (await readdir(join(root, 'src'), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && !/\.(test\.tsx?|d\.ts)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
  const hash = createHash('sha256').update(plainContract());
  for (const path of [...source, ...clientFiles, 'index.html', 'vite.config.ts'].sort()) {
    const text = await readFile(join(root, path), 'utf8');
    hash.update(`\0${path}\0${text.replaceAll('\r\n', '\n')}`);
  }
  return hash.digest('hex');
}
