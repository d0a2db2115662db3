import { fork, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataStatus, SnapshotEndpoint } from '../../packages/contract/src/index.ts';
import { sha256 } from '../../packages/server/src/kernel/ids.ts';
import {
  internalToken,
  numberEndpoint,
  SnapshotPublisher,
} from '../../packages/server/src/plane/testing/plane-fixture.ts';
import type { LoadPlan, LoadReport } from './load-process.ts';
import { featureNames, treeModel } from './tree-model.ts';

const secret = 'mk_bench';

/** A data role that serves the tree model, with authentication, a rate limit and the decision log on. */
export interface ServingSetup {
  port: number;
  headers: Record<string, string>;
  status(): Promise<DataStatus>;
  /** Process ids of data and its hosts. */
  pids(): Promise<number[]>;
  stop(): Promise<void>;
}

export function forkBench(module: URL, args: readonly string[] = [], execArgv: readonly string[] = []): ChildProcess {
  return fork(module, [...args], { execArgv: [...execArgv], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}

/** The first message of a child. */
function firstMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`${child.spawnfile} ended with ${code}`)));
  });
}

export async function portOf(child: ChildProcess): Promise<number> {
  const message = await firstMessage(child);
  if (typeof message === 'object' && message !== null && 'port' in message && typeof message.port === 'number') {
    return message.port;
  }
  throw new Error('The process named no port.');
}

export async function startServing(
  execArgv: readonly string[] = [],
  endpointOf = (digest: string): SnapshotEndpoint => numberEndpoint(featureNames.length, [{ version: 1, digest }]),
): Promise<ServingSetup> {
  const folder = await mkdtemp(join(tmpdir(), 'mulle-bench-'));
  await mkdir(join(folder, 'blobs'));
  const model = treeModel(1);
  const digest = sha256(model);
  await writeFile(join(folder, 'blobs', digest), model);
  const publisher = await SnapshotPublisher.start();
  publisher.define({
    authentication: true,
    keys: [{ id: 'bench', secretSha256: sha256(secret), role: 'member', requestsPerSecond: 1_000_000 }],
    endpoints: [endpointOf(digest)],
  });
  const child = forkBench(
    new URL('./data-process.ts', import.meta.url),
    [folder, publisher.url, internalToken],
    execArgv,
  );
  const port = await portOf(child);
  const get = (path: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization: `Bearer ${internalToken}` } });
  while ((await get('/v2/health/ready')).status !== 200) await new Promise((resolve) => setTimeout(resolve, 20));
  const status = async (): Promise<DataStatus> => (await (await get('/internal/status')).json()) as DataStatus;
  return {
    port,
    // With the key, what Node's own fetch sends.
    headers: {
      authorization: `Bearer ${secret}`,
      connection: 'keep-alive',
      accept: '*/*',
      'accept-language': '*',
      'sec-fetch-mode': 'cors',
      'user-agent': 'node',
      'accept-encoding': 'gzip, deflate',
    },
    status,
    async pids() {
      const { pid, endpoints } = await status();
      return [pid, ...endpoints.flatMap(({ hosts }) => hosts.flatMap((host) => host.pid ?? []))];
    },
    async stop() {
      const exited = new Promise((resolve) => child.once('exit', resolve));
      child.send('stop');
      await exited;
      await publisher.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function runLoad(plan: LoadPlan): Promise<LoadReport> {
  const child = forkBench(new URL('./load-process.ts', import.meta.url));
  child.send(plan);
  return (await firstMessage(child)) as LoadReport;
}

const ticksPerSecond = 100;

/** CPU seconds of the processes with all their threads, from /proc, at a resolution of 10 ms. */
export async function cpuSeconds(pids: readonly number[]): Promise<number> {
  let ticks = 0;
  for (const pid of pids) {
    const text = await readFile(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks / ticksPerSecond;
}
