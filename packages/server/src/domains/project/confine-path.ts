import { realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { MulleError } from '#kernel/errors.ts';

/** The real path of the deepest ancestor that exists, and below it what does not exist yet. */
async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (thrown) {
    const parent = dirname(path);
    if (!(thrown instanceof Error) || !('code' in thrown) || thrown.code !== 'ENOENT' || parent === path) throw thrown;
    return join(await realPathOf(parent), relative(parent, path));
  }
}

/**
 * The absolute path, links followed, of what a user named, if it lies in one of the `roots`; undefined when it lies
 * elsewhere or cannot be reached. Relative paths are relative to the first root. What was allowed may be replaced by a
 * link later: whoever opens the file asks again and opens what is answered.
 */
export async function confinePath(path: string, roots: readonly string[]): Promise<string | undefined> {
  const [first] = roots;
  if (path.includes('\0') || first === undefined) return undefined;
  try {
    const real = await realPathOf(isAbsolute(path) ? path : resolve(first, path));
    for (const root of roots) {
      const below = relative(await realPathOf(root), real);
      if (below === '' || (below !== '..' && !below.startsWith('../') && !isAbsolute(below))) return real;
    }
  } catch {
    // A loop of links, a file where a folder should be, no permission: not reachable.
  }
  return undefined;
}

/**
 * The path to open for a file source, now: what was inside when the project was applied may have become a link since.
 * Throws `permission_denied`.
 */
export async function sourcePath(path: string, roots: readonly string[]): Promise<string> {
  const confined = await confinePath(path, roots);
  if (confined !== undefined) return confined;
  throw new MulleError('permission_denied', outsideRoots(path));
}

/** Says that a path may not be read, and what to do. */
export const outsideRoots = (path: string): string =>
  `'${path}' is outside the folders that may be read. Move it, or add its folder to sources.allowedRoots.`;
