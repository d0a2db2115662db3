/**
 * Virtual environments of Python for model hosts, by the hash of what they hold: versions with the same requirements
 * share one. They are made from a package index by pip (by uv where it is installed, which is faster) in a child
 * process, under a temporary name, and appear whole or not at all.
 *
 * A model is served by the Python that made it, to the minor version; where that is not on this machine, or a package
 * does not install, the model does not load and the reason says why.
 */
import { spawn } from 'node:child_process';
import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { packageEnvironment } from '#config/index.ts';
import { newId, sha256 } from '#kernel/ids.ts';
import type { UsedFolders } from './used-folders.ts';

export interface PythonRequirements {
  /** `3.11`; null: whatever python3 is. */
  readonly pythonVersion: string | null;
  /** Lines of a requirements file. */
  readonly packages: readonly string[];
}

const buildMs = 20 * 60_000;
const keptCharacters = 4_000;
/** A package by its name: what reads other files, indexes or paths is none of a model's business. */
const packageLine = /^[A-Za-z0-9][\w.-]*(\[[\w,. -]*\])?\s*((===|[<>=!~]=|[<>])\s*[\w.*+!-]+\s*,?\s*)*(;.*)?$/;

/** The lines of a requirements file that name packages. Throws on others. */
export function packagesIn(text: string): string[] {
  const lines = text.split('\n').map((line) => line.replace(/(^|\s)#.*$/, '').trim());
  const named = lines.filter((line) => line !== '');
  const other = named.find((line) => !packageLine.test(line));
  if (other !== undefined) throw new Error(`Its requirement "${other}" names no package of the index.`);
  return named.toSorted();
}

export class PythonEnvironments {
  readonly #folders: UsedFolders;
  readonly #log: (message: string) => void;
  readonly #building = new Map<string, Promise<string>>();

  constructor(folders: UsedFolders, log: (message: string) => void) {
    this.#folders = folders;
    this.#log = log;
  }

  /** Path of the environment's Python; made when it is not there. Rejects with a sentence that says what is missing. */
  python(requirements: PythonRequirements): Promise<string> {
    const name = sha256(JSON.stringify([requirements.pythonVersion, requirements.packages]));
    const known = this.#building.get(name);
    if (known !== undefined) return known;
    const building = this.#find(name, requirements);
    this.#building.set(name, building);
    // What failed may go well the next time: the index may be back, a Python installed.
    building.catch(() => this.#building.delete(name));
    return building;
  }

  async #find(name: string, requirements: PythonRequirements): Promise<string> {
    const folder = join(this.#folders.folder, name);
    await this.#folders.use(name);
    const python = join(folder, 'bin', 'python');
    const isThere = await access(python).then(
      () => true,
      () => false,
    );
    if (!isThere) await this.#build(folder, requirements);
    return python;
  }

  async #build(folder: string, { pythonVersion, packages }: PythonRequirements): Promise<void> {
    const interpreter = await findPython(pythonVersion);
    this.#log(`A Python ${pythonVersion ?? ''} environment is made for ${packages.length} packages.`);
    const unfinished = join(this.#folders.folder, `${newId()}.tmp`);
    await mkdir(this.#folders.folder, { recursive: true });
    try {
      await run(interpreter, ['-m', 'venv', unfinished]);
      const list = join(unfinished, 'requirements.txt');
      await writeFile(list, `${packages.join('\n')}\n`);
      const python = join(unfinished, 'bin', 'python');
      const hasUv = await run('uv', ['--version']).then(
        () => true,
        () => false,
      );
      if (hasUv) await run('uv', ['pip', 'install', '--quiet', '--python', python, '-r', list]);
      else await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', list]);
      await rename(unfinished, folder).catch(async (thrown: unknown) => {
        // Another process was faster; its environment holds the same.
        await access(folder).catch(() => Promise.reject(thrown));
      });
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
  }
}

async function findPython(version: string | null): Promise<string> {
  const wanted = version === null ? ['python3'] : [`python${version}`, 'python3'];
  const found: string[] = [];
  for (const name of wanted) {
    const own = await run(name, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])']).catch(() => '');
    if (own !== '' && (version === null || own.trim() === version)) return name;
    if (own !== '') found.push(own.trim());
  }
  throw new Error(
    version === null
      ? 'It needs Python, and there is no python3 on this machine.'
      : `It was made with Python ${version}, which is not on this machine (found: ${found.join(', ') || 'none'}). Install python${version}.`,
  );
}

/** What a program that installs complained of: its errors without what surrounds them, and what to do. */
function complaint(text: string, code: number | null): string {
  const lines = text.split('\n').map((line) => line.trim());
  const errors = lines.filter((line) => /^(ERROR|error|×|╰─▶|OSError)/.test(line));
  const told = (errors.length > 0 ? errors : lines.slice(-5))
    .map((line) => line.replace(/ \(from versions: [^)]*\)/, ''))
    .join(' ');
  const advice = /No space left/i.test(text)
    ? 'Free space on the disk of the home folder; it is tried again in 30 s.'
    : 'Register it with "pip_requirements" that this machine can install, or open the way to the package index; it is tried again in 30 s.';
  return `Its Python packages do not install (exit ${code}): ${told} ${advice}`;
}

/** Runs a program to its end; resolves with what it printed, rejects with the end of what it complained of. */
function run(file: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, [...args], {
      env: packageEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: buildMs,
      killSignal: 'SIGKILL',
    });
    // Callers are answered meanwhile.
    if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
    let said = '';
    let complained = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-keptCharacters)));
    child.stderr
      .setEncoding('utf8')
      .on('data', (text: string) => (complained = (complained + text).slice(-keptCharacters)));
    child.once('error', (cause) => reject(new Error(`${file} could not be run: ${cause.message}`, { cause })));
    child.once('close', (code, signal) => {
      if (code === 0) resolve(said);
      else if (signal !== null)
        reject(new Error(`${file} took longer than ${buildMs / 60_000} minutes, or was ended.`));
      else reject(new Error(complaint(complained || said, code)));
    });
  });
}
