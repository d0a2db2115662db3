import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { makersPython } from '../makers-python.ts';

/**
 * Runs a script of this folder with MLflow's unmodified client, and gives what it told: its last line as JSON. `cwd` is a
 * folder that may be written to.
 */
export async function runScript(
  name: string,
  url: string,
  cwd: string,
  ...more: string[]
): Promise<Record<string, unknown>> {
  const script = fileURLToPath(new URL(`./${name}.py`, import.meta.url));
  const { stdout } = await promisify(execFile)(await makersPython(), [script, url, ...more], {
    cwd,
    env: {
      ...process.env,
      MLFLOW_HTTP_REQUEST_MAX_RETRIES: '1',
      GIT_PYTHON_REFRESH: 'quiet',
      PYTHONDONTWRITEBYTECODE: '1',
    },
    maxBuffer: 64 * 1024 ** 2,
  });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}
