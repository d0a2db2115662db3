import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { report } from './benchmark.ts';

const execute = promisify(execFile);
const folder = `${import.meta.dirname}/.venv`;

/** Pinned, so that ratios taken on two days are against the same program. */
const requirements = ['scikit-learn==1.9.1', 'numpy==2.4.6', 'scipy==1.17.1'];

/**
 * The Python of `bench/.venv`, built from the pinned requirements when it is missing or other versions are in it.
 * Needs `python3` with its venv module and a package index.
 */
export async function benchPython(): Promise<string> {
  const python = `${folder}/bin/python`;
  const installed = await execute(python, ['-m', 'pip', 'freeze']).catch(() => null);
  const found = installed?.stdout.split('\n') ?? [];
  if (requirements.every((requirement) => found.includes(requirement))) return python;
  report(`building ${folder}: ${requirements.join(' ')}`);
  await execute('python3', ['-m', 'venv', folder]);
  await execute(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...requirements]);
  return python;
}
