/** Reading folders of small files; links are not followed: they may lead anywhere. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fits } from '@mulle/contract';
import type { Static, TSchema } from 'typebox';
import { MulleError } from '#kernel/errors.ts';

export interface FoundFile {
  /** Below the folder, with `/` between. */
  readonly path: string;
  /** In the file system. */
  readonly at: string;
  readonly bytes: number;
}

export async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() === true;
}

/** In a folder, in their order; none where there is no such folder. */
export async function namesIn(folder: string): Promise<string[]> {
  return (await isFolder(folder)) ? (await readdir(folder)).toSorted() : [];
}

export async function* filesBelow(folder: string, prefix = ''): AsyncGenerator<FoundFile> {
  if (!(await isFolder(folder))) return;
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const at = join(folder, entry.name);
    const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    if (entry.isDirectory()) yield* filesBelow(at, path);
    else if (entry.isFile()) yield { path, at, bytes: (await stat(at)).size };
  }
}

/** Each file's text under its path: a name of a parameter, tag or metric may hold slashes. */
export async function textsBelow(folder: string): Promise<{ key: string; value: string }[]> {
  const texts: { key: string; value: string }[] = [];
  for await (const { path, at } of filesBelow(folder)) texts.push({ key: path, value: await readFile(at, 'utf8') });
  return texts;
}

/** A YAML file as what it should hold; fields that are null are left out. Throws `corrupt_data`. */
export async function readYaml<S extends TSchema>(path: string, schema: S): Promise<Static<S>> {
  const { parse } = await import('yaml');
  let value: unknown;
  try {
    value = parse(await readFile(path, 'utf8'), (_key, one: unknown) => (one === null ? undefined : one));
  } catch (cause) {
    throw new MulleError('corrupt_data', `${path} cannot be read as YAML.`, { cause });
  }
  if (fits(schema, value)) return value;
  throw new MulleError('corrupt_data', `${path} does not hold what MLflow writes there.`);
}

export function readMeta<S extends TSchema>(folder: string, schema: S): Promise<Static<S>> {
  return readYaml(join(folder, 'meta.yaml'), schema);
}
