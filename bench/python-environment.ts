import { pythonEnvironment } from '../tools/python-environment.ts';
import { report } from './benchmark.ts';

/** Pinned, so that ratios taken on two days are against the same program. */
const requirements = ['scikit-learn==1.9.1', 'numpy==2.4.6', 'scipy==1.17.1'];

/** The Python of `bench/.venv`. */
export function benchPython(): Promise<string> {
  return pythonEnvironment(`${import.meta.dirname}/.venv`, requirements, report);
}
