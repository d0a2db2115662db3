import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { memoryMb, processTree } from '../startup/platform-process.ts';

/** Where a server keeps what it is told. */
export interface Store {
  readonly folder: string;
  /** `postgresql://…`; undefined: SQLite in the folder. */
  readonly postgres?: string;
}

export interface Contender {
  readonly url: string;
  /** From spawn to the first answer. */
  readonly readyMs: number;
  /** Of the process and all that it started. */
  residentMb(): number;
  stop(): Promise<void>;
}

const mulle = fileURLToPath(new URL('../../packages/server/bin/mulle.js', import.meta.url));

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const running = new Set<Contender>();

/** Stops what still runs, whatever happened. */
export async function stopAll(): Promise<void> {
  for (const one of running) await one.stop();
}

function contender(child: ChildProcess, url: string, startedMs: number): Contender {
  const one: Contender = {
    url,
    readyMs: performance.now() - startedMs,
    residentMb: () => processTree(child.pid ?? 0).reduce((sum, pid) => sum + memoryMb(pid).rss, 0),
    async stop() {
      running.delete(one);
      if (child.exitCode !== null) return;
      const pids = processTree(child.pid ?? 0);
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
      for (const pid of pids) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // It ended with its parent.
        }
      }
    },
  };
  running.add(one);
  return one;
}

/** All roles of `mulle up`. */
export function startMulle({ folder, postgres }: Store): Promise<Contender> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, [mulle, 'up', '--home', join(folder, 'mulle'), '--port', '0', '--json'], {
    cwd: folder,
    env: { ...process.env, ...(postgres === undefined ? {} : { MULLE_DATABASE_URL: postgres }) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`mulle up ended with ${code}`)));
    createInterface({ input: child.stdout }).once('line', (line) => {
      const told: unknown = JSON.parse(line);
      if (typeof told !== 'object' || told === null || !('controlUrl' in told)) return reject(new Error(line));
      resolve(contender(child, String(told.controlUrl), startedMs));
    });
  });
}

/** `mlflow server` as its documentation starts it. */
export async function startMlflow(python: string, { folder, postgres }: Store, workers: number): Promise<Contender> {
  const port = await freePort();
  // SQLAlchemy's own default is another driver.
  const store = postgres?.replace('postgresql:', 'postgresql+psycopg2:') ?? 'sqlite:///mlflow.db';
  const startedMs = performance.now();
  const address = ['--host', '127.0.0.1', '--port', String(port), '--workers', String(workers)];
  const stores = ['--backend-store-uri', store, '--artifacts-destination', './artifacts'];
  const child = spawn(`${dirname(python)}/mlflow`, ['server', ...address, ...stores], {
    cwd: folder,
    env: { ...process.env, MLFLOW_DISABLE_TELEMETRY: 'true', PATH: `${dirname(python)}:${process.env['PATH']}` },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4_000)));
  const url = `http://127.0.0.1:${port}`;
  while (!(await answers(url))) {
    if (child.exitCode !== null) throw new Error(`mlflow server ended with ${child.exitCode}: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return contender(child, url, startedMs);
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health`)).ok;
  } catch {
    return false;
  }
}
