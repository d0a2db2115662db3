import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { env } from 'node:process';

/** What every program of MLflow's runs with here. */
export const mlflowEnvironment = {
  ...env,
  MLFLOW_ALLOW_FILE_STORE: 'true',
  MLFLOW_DISABLE_TELEMETRY: 'true',
  GIT_PYTHON_REFRESH: 'quiet',
};

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** MLflow's own server over SQLite in a folder; resolves when it answers. */
export async function startMlflowServer(python: string, folder: string): Promise<{ url: string; stop(): void }> {
  const port = await freePort();
  const args = ['server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1'];
  const stores = ['--backend-store-uri', 'sqlite:///mlflow.db', '--artifacts-destination', './artifacts'];
  const child = spawn(`${dirname(python)}/mlflow`, [...args, ...stores], {
    cwd: folder,
    env: { ...mlflowEnvironment, PATH: `${dirname(python)}:${env['PATH']}` },
    stdio: ['ignore', 'ignore', 'pipe'],
    // It starts workers of its own: all of them are of one group, and end with it.
    detached: true,
  });
  await new Promise<void>((resolve, reject) => {
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('Application startup complete')) resolve();
    });
    child.once('exit', (code) => reject(new Error(`mlflow server ended with ${code}: ${said}`)));
  });
  return { url: `http://127.0.0.1:${port}`, stop: () => void (child.pid && process.kill(-child.pid, 'SIGKILL')) };
}
