import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Manifest, patternInWords } from '@mulle/contract';
import { Value } from 'typebox/value';
import { MulleError } from '#kernel/errors.ts';

export const defaultProjectFile = 'mulle.config.ts';

function checked(value: unknown, file: string): Manifest {
  if (Value.Check(Manifest, value)) return value;
  const [first] = Value.Errors(Manifest, value);
  const wrong = first?.keyword === 'pattern' ? patternInWords(String(first.params.pattern)) : first?.message;
  throw new MulleError(
    'invalid_manifest',
    `${file} is no project: ${first?.instancePath || 'it'} ${wrong ?? 'has the wrong shape'}.`,
  );
}

/** What the file holds or exports. Its own errors are the author's: told with the place, without our stack. */
async function load(path: string, file: string): Promise<unknown> {
  const url = pathToFileURL(path).href;
  try {
    return path.endsWith('.json') ? JSON.parse(await readFile(path, 'utf8')) : await import(url);
  } catch (cause) {
    const [message, stack] = cause instanceof Error ? [cause.message, cause.stack ?? ''] : [String(cause), ''];
    const [place] = /:[0-9]+(?::[0-9]+)?/.exec(stack.split(url)[1] ?? '') ?? [''];
    throw new MulleError('invalid_manifest', `${file}${place} cannot be read: ${message}`, { cause });
  }
}

/**
 * A project file: a module that exports `project`, or the manifest as JSON. Throws `not_found` and `invalid_manifest`,
 * both with the file's name.
 */
export async function readProject(file: string): Promise<Manifest> {
  const path = resolve(file);
  if (!existsSync(path))
    throw new MulleError(
      'not_found',
      `There is no project file ${file}. Give one with --file, or write ${defaultProjectFile}.`,
    );
  const loaded = await load(path, file);
  if (path.endsWith('.json')) return checked(loaded, file);
  if (typeof loaded !== 'object' || loaded === null || !('project' in loaded)) {
    throw new MulleError(
      'invalid_manifest',
      `${file} exports no "project". Write: export const project = defineProject({ … }).`,
    );
  }
  return checked(loaded.project, file);
}
