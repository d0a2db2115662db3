import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/**
 * The Python of a virtual environment, built from pinned requirements when it is missing or other versions are in it:
 * what a benchmark or a suite compares with. Needs `python3` with its venv module and a package index.
 */
export async function pythonEnvironment(
  folder: string,
  requirements: readonly string[],
  say: (message: string) => void,
): Promise<string> {
  const python = `${folder}/bin/python`;
  const installed = await execute(python, ['-m', 'pip', 'freeze']).catch(() => null);
  const found = installed?.stdout.split('\n') ?? [];
  if (requirements.every((requirement) => found.includes(requirement))) return python;
  say(`building ${folder}: ${requirements.join(' ')}`);
  await execute('python3', ['-m', 'venv', folder]);
  await execute(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...requirements]);
  return python;
}
