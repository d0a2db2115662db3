import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { MulleError } from '#kernel/errors.ts';
import { secretPaths, settings, type ConfigValues, type Setting, type Settings } from './schema.ts';

/** The frozen configuration of one installation: what the operator set, with every path absolute. */
export type Config = Readonly<
  ConfigValues & {
    /** Empty stores in a temporary folder that is removed at the end. */
    ephemeral: boolean;
  }
>;

export interface ConfigSources {
  /** Environment variables. */
  environment: Record<string, string | undefined>;
  /** Folder that relative paths and the default config file `mulle.json` are looked up in. */
  cwd: string;
  /** Config file given by hand; must exist. */
  file?: string | undefined;
  /** Values from the command line, which win. */
  overrides?: Record<string, unknown>;
  ephemeral?: boolean;
}

type Tree = Record<string, unknown>;

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readFile(path: string): Tree {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new MulleError(
      'invalid_config',
      `${path} is not readable JSON: ${cause instanceof Error ? cause.message : ''}`,
      { cause },
    );
  }
  if (!isTree(parsed)) throw new MulleError('invalid_config', `${path} must hold a JSON object.`);
  return parsed;
}

function isSetting(entry: Setting<unknown> | Settings): entry is Setting<unknown> {
  return 'fallback' in entry;
}

function* leaves(group: Settings, path: string[] = []): Generator<{ path: string[]; setting: Setting<unknown> }> {
  for (const [name, entry] of Object.entries(group)) {
    if (isSetting(entry)) yield { path: [...path, name], setting: entry };
    else yield* leaves(entry, [...path, name]);
  }
}

/** `control.port` → `MULLE_CONTROL_PORT`, `data.maxConcurrentRequests` → `MULLE_DATA_MAX_CONCURRENT_REQUESTS`. */
export function environmentName(path: readonly string[]): string {
  return `MULLE_${path.map((part) => part.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()).join('_')}`;
}

function set(tree: Tree, path: readonly string[], value: unknown): void {
  const [first, ...rest] = path;
  if (first === undefined) return;
  if (rest.length === 0) {
    tree[first] = value;
    return;
  }
  const child = tree[first];
  const next: Tree = isTree(child) ? child : {};
  tree[first] = next;
  set(next, rest, value);
}

function readEnvironment(environment: ConfigSources['environment']): Tree {
  const tree: Tree = {};
  const known = new Set<string>();
  for (const { path, setting } of leaves(settings)) {
    const name = environmentName(path);
    known.add(name);
    const text = environment[name];
    if (text === undefined || text === '') continue;
    set(tree, path, setting.fromText(text));
  }
  for (const name of Object.keys(environment)) {
    if (name.startsWith('MULLE_') && !known.has(name) && !reservedEnvironment.has(name)) {
      throw new MulleError('invalid_config', `${name} is no setting of Mulle. Settings: ${[...known].join(', ')}.`);
    }
  }
  return tree;
}

/** Variables with the prefix that are not settings: the client's address and key, the language, and tests'. */
const reservedEnvironment = new Set([
  'MULLE_URL',
  'MULLE_DATA_URL',
  'MULLE_KEY',
  'MULLE_CONFIG',
  'MULLE_LANG',
  'MULLE_ROLE_CONFIG',
  'MULLE_TEST_POSTGRES_URL',
]);

function merge(target: Tree, source: Tree): Tree {
  for (const [name, value] of Object.entries(source)) {
    const present = target[name];
    target[name] = isTree(present) && isTree(value) ? merge(present, value) : value;
  }
  return target;
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const child of Object.values(value)) freeze(child);
  return Object.freeze(value);
}

function readSettings(group: Settings, given: unknown, path: readonly string[] = []): Tree {
  const where = path.join('.') || 'config';
  if (!isTree(given)) throw new MulleError('invalid_config', `The setting "${where}" must be an object.`);
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(group, name));
  if (unknown.length > 0) {
    const names = Object.keys(group).join(', ');
    throw new MulleError('invalid_config', `"${where}" has no setting ${unknown.join(', ')}. It has: ${names}.`);
  }
  const entries = Object.entries(group).map(([name, entry]) => {
    const value = given[name];
    const at = [...path, name];
    if (!isSetting(entry)) return [name, readSettings(entry, value === undefined ? {} : value, at)];
    if (value === undefined) return [name, entry.fallback];
    if (entry.fits(value)) return [name, value];
    throw new MulleError('invalid_config', `The setting "${at.join('.')}" must be ${entry.takes}.`);
  });
  return Object.fromEntries(entries) as Tree;
}

/**
 * Reads file, environment and command line, in this order of precedence, into one frozen object.
 * Throws `invalid_config` that names the setting; unknown settings are refused.
 */
export function loadConfig(sources: ConfigSources): Config {
  const file = sources.file ?? sources.environment['MULLE_CONFIG'];
  const defaultFile = join(sources.cwd, 'mulle.json');
  if (file !== undefined && !existsSync(resolve(sources.cwd, file))) {
    throw new MulleError('invalid_config', `There is no config file ${file}.`);
  }
  const tree: Tree = {};
  if (file !== undefined) merge(tree, readFile(resolve(sources.cwd, file)));
  else if (existsSync(defaultFile)) merge(tree, readFile(defaultFile));
  merge(tree, readEnvironment(sources.environment));
  merge(tree, sources.overrides ?? {});
  // Each leaf has passed the setting that gives it its type.
  const values = readSettings(settings, tree) as ConfigValues;
  const absolute = (path: string): string => (isAbsolute(path) ? path : resolve(sources.cwd, path));
  return freeze({
    ...values,
    home: absolute(values.home),
    sources: { allowedRoots: [sources.cwd, ...values.sources.allowedRoots].map(absolute) },
    ephemeral: sources.ephemeral ?? false,
  });
}

/** The configuration as printed at start: secrets are replaced by `***`. */
export function redactConfig(config: Config): Tree {
  const copy: unknown = JSON.parse(JSON.stringify(config));
  if (!isTree(copy)) return {};
  for (const path of secretPaths) {
    const parts = path.split('.');
    const value = parts.reduce<unknown>((tree, part) => (isTree(tree) ? tree[part] : undefined), copy);
    if (value !== '' && value !== undefined) set(copy, parts, '***');
  }
  return copy;
}
