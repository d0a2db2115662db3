import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The checks of the tidy test: pure functions from files to complaints, each one sentence that says what to do. */

export interface SourceFile {
  /** Relative to the project root, forward slashes. */
  readonly path: string;
  readonly text: string;
}

const skippedFolders = /^(node_modules|dist|coverage|fixtures|\.(?!ci$|github$).*)$/;
const textFile = /\.(ts|tsx|js|css|html|json|md|sh|ya?ml|py|sql|swift|kt|toml)$|(^|\/)(\.ci\/run|Dockerfile)$/;
const sourceFile = /\.(ts|tsx|js|css|sh|py|swift|kt)$/;

/** Every text file of the project that is written by hand, the lockfile included. */
export async function readProject(root: string, folder = ''): Promise<SourceFile[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  const nested = await Promise.all(
    entries.map(async (entry): Promise<SourceFile[]> => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) return skippedFolders.test(entry.name) ? [] : readProject(root, path);
      if (!entry.isFile() || !textFile.test(path)) return [];
      return [{ path, text: await readFile(join(root, path), 'utf8') }];
    }),
  );
  return nested.flat();
}

function lineCount(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}

/** `allowed` is the ratchet: the files that may have more than 500 lines. Nothing may have more than 1,000. */
export function checkLength(files: readonly SourceFile[], allowed: readonly string[]): string[] {
  const complaints: string[] = [];
  const long = new Set<string>();
  for (const { path, text } of files) {
    const lines = lineCount(text);
    if (path === 'ARCHITECTURE.md' && lines > 300) complaints.push(`${path} has ${lines} lines: cut it to 300.`);
    if (!sourceFile.test(path) || lines <= 500) continue;
    long.add(path);
    if (lines > 1000) complaints.push(`${path} has ${lines} lines, over 1,000: split it by concept.`);
    else if (!allowed.includes(path)) complaints.push(`${path} has ${lines} lines, over 500: split it by concept.`);
  }
  for (const path of allowed) if (!long.has(path)) complaints.push(`${path} is short now: take it off the list.`);
  return complaints;
}

const kebabCase = /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/;
const emptyName = /^(.*-)?(utils?|helpers?|common|misc|lib)$/;

/** File and folder names: kebab-case, and none that says nothing. Swift, Kotlin and Python keep their own customs. */
export function checkNames(files: readonly SourceFile[]): string[] {
  const names = new Set<string>();
  for (const { path } of files)
    if (/\.(ts|tsx|js|css|sh)$/.test(path)) for (const name of path.split('/')) names.add(name);
  const complaints: string[] = [];
  for (const name of names) {
    if (!kebabCase.test(name)) complaints.push(`${name}: names are kebab-case.`);
    if (emptyName.test(name.split('.')[0] ?? '')) complaints.push(`${name} says nothing: name it by its concept.`);
  }
  return complaints;
}

const forbiddenText: readonly (readonly [pattern: RegExp, advice: string])[] = [
  [/\b(TO[D]O|FIX[M]E)\b/, 'do it now or open an issue'],
  [/(^|[\s"'`(=:])\/(work\/(main|shared|\.)|root\/|home\/[a-z]+\/|Users\/[a-z]+\/)/m, 'a path of one machine'],
  [/https?:\/\/registry\.|registry\.npmjs/, 'a registry address; npm knows its own'],
];

export function checkText(files: readonly SourceFile[]): string[] {
  const complaints: string[] = [];
  for (const { path, text } of files) {
    for (const [pattern, advice] of forbiddenText) {
      const found = pattern.exec(text);
      if (found)
        complaints.push(`${path}:${lineCount(text.slice(0, found.index)) + 1}: '${found[0].trim()}': ${advice}.`);
    }
  }
  return complaints;
}

interface PackageJson {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

/** Each dependency of each package.json stands with its reason, in backticks, in a decision record. */
export function checkDependencies(files: readonly SourceFile[]): string[] {
  const records = files.filter(({ path }) => /^docs\/adr\/.*\.md$/.test(path)).map(({ text }) => text);
  const missing = new Set<string>();
  for (const { path, text } of files) {
    if (!/(^|\/)package\.json$/.test(path)) continue;
    const { dependencies, devDependencies } = JSON.parse(text) as PackageJson;
    for (const name of Object.keys({ ...dependencies, ...devDependencies })) {
      if (name.startsWith('@mulle/') || records.some((record) => record.includes(`\`${name}\``))) continue;
      missing.add(`${name} (${path}) is in no record of docs/adr: add its reason and licence.`);
    }
  }
  return [...missing];
}

type Catalogue = { readonly [key: string]: string | Catalogue };

/** Placeholders and tags of each key; plural forms count as one key, since languages differ in how many they have. */
function placeholdersOf(
  catalogue: Catalogue,
  prefix = '',
  found = new Map<string, Set<string>>(),
): Map<string, Set<string>> {
  for (const [name, value] of Object.entries(catalogue)) {
    const key = `${prefix}${name}`.replace(/_(zero|one|two|few|many|other)$/, '');
    if (typeof value !== 'string') placeholdersOf(value, `${key}.`, found);
    else found.set(key, new Set([...(found.get(key) ?? []), ...(value.match(/\{\{.*?\}\}|<\/?\w+>/g) ?? [])]));
  }
  return found;
}

/** Both catalogues have the same keys, and each key the same placeholders. */
export function checkCatalogues(korean: string, english: string): string[] {
  const ko = placeholdersOf(JSON.parse(korean) as Catalogue);
  const en = placeholdersOf(JSON.parse(english) as Catalogue);
  const complaints: string[] = [];
  for (const key of new Set([...ko.keys(), ...en.keys()])) {
    const [inKo, inEn] = [ko.get(key), en.get(key)];
    if (!inKo || !inEn) complaints.push(`${key} is missing in ${inKo ? 'en' : 'ko'}.json.`);
    else if (inKo.symmetricDifference(inEn).size > 0) {
      complaints.push(
        `${key} has other placeholders in ko (${[...inKo].join(' ')}) than in en (${[...inEn].join(' ')}).`,
      );
    }
  }
  return complaints;
}
