import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makersPython } from '../python/makers-python.ts';
import { Sandbox, type Platform } from '../platform/sandbox.ts';
import { countingProxy } from './counting-proxy.ts';
import { mlflowEnvironment, startMlflowServer } from './mlflow-server.ts';

// A real MLflow server and a real `mlruns` folder, filled by MLflow's own client, are brought over; what that client
// then reads from Mulle is what it reads from the source.

const buildMs = 600_000;
const sandbox = new Sandbox();
const other = new Sandbox();
let python = '';
let server: { url: string; stop(): void };
let platform: Platform;
let folder = '';

async function script(name: string, cwd: string, ...args: string[]): Promise<string> {
  const path = fileURLToPath(new URL(`./${name}.py`, import.meta.url));
  const options = { cwd, env: mlflowEnvironment, maxBuffer: 64 * 1024 ** 2 };
  return (await promisify(execFile)(python, [path, ...args], options)).stdout;
}

async function readBy(client: string, cwd: string): Promise<unknown> {
  return JSON.parse((await script('dump_mlflow', cwd, client)).trim().split('\n').at(-1) ?? '');
}

function places(): { server: string; folder: string } {
  const [one, two] = [join(sandbox.folder, 'server'), join(sandbox.folder, 'laptop')];
  for (const path of [one, two]) mkdirSync(path, { recursive: true });
  return { server: one, folder: two };
}

beforeAll(async () => {
  python = await makersPython();
  const at = places();
  folder = at.folder;
  [server, platform] = await Promise.all([startMlflowServer(python, at.server), sandbox.up()]);
  await Promise.all([
    script('fill_mlflow', at.server, server.url),
    script('fill_mlflow', folder, `file:${join(folder, 'mlruns')}`),
  ]);
}, buildMs);
afterAll(async () => {
  server.stop();
  await Promise.all([sandbox.remove(), other.remove()]);
});

describe('mulle import mlflow', () => {
  test('a server, with the import killed again and again on its way', { timeout: buildMs }, async () => {
    const source = await readBy(server.url, sandbox.project);
    const moments = [
      [2, 'after'],
      [9, 'before'],
      [17, 'after'],
      [26, 'before'],
      [39, 'after'],
      [48, 'before'],
    ] as const;
    for (const [number, moment] of moments) {
      let kill = (): void => undefined;
      const proxy = await countingProxy(platform.controlUrl, (count, when) => {
        if (count === number && when === moment) kill();
      });
      const program = sandbox.start(['import', 'mlflow', server.url, '--url', proxy.url]);
      kill = () => void program.child.kill('SIGKILL');
      expect((await program.ended).signal).toBe('SIGKILL');
      proxy.close();
    }
    const last = await platform.mulle('import', 'mlflow', server.url, '--json');
    expect(last).toMatchObject({ code: 0 });
    expect(JSON.parse(last.stdout)).toMatchObject({
      counts: {
        experiments: { found: 4, failed: 0 },
        runs: { found: 9, failed: 0 },
        loggedModels: { found: 3, failed: 0 },
        models: { found: 3, failed: 0 },
        versions: { found: 4, failed: 0 },
        aliases: { found: 2, failed: 0 },
        traces: { found: 3, failed: 0 },
      },
      problems: [],
    });
    expect(await readBy(platform.controlUrl, sandbox.project)).toEqual(source);
  });

  test('again: all is there, and what was added since comes along', { timeout: buildMs }, async () => {
    const again = JSON.parse((await platform.mulle('import', 'mlflow', server.url, '--json')).stdout);
    expect(again.counts.runs).toEqual({ found: 9, brought: 0, there: 9, failed: 0 });
    expect(again.sent).toMatchObject({ metricPoints: 0, files: 0, spans: 0 });
    await script('fill_mlflow', join(sandbox.folder, 'server'), server.url, '--offline');
    const more = JSON.parse((await platform.mulle('import', 'mlflow', server.url, '--json')).stdout);
    expect(more.counts.runs).toEqual({ found: 10, brought: 1, there: 9, failed: 0 });
  });

  test('a folder, and later what was recorded in one without a network', { timeout: buildMs }, async () => {
    const store = join(folder, 'mlruns');
    const source = await readBy(`file:${store}`, folder);
    const second = await other.up(['--ephemeral']);
    const brought = await second.mulle('import', 'mlflow', store, '--json');
    expect(brought).toMatchObject({ code: 0 });
    expect(JSON.parse(brought.stdout)).toMatchObject({
      counts: { runs: { found: 9, brought: 9 }, traces: { found: 3, brought: 3 } },
      sent: { metricPoints: 2_013, datasets: 1, spans: 6, assessments: 3 },
    });
    expect(await readBy(second.controlUrl, other.project)).toEqual(source);

    await script('fill_mlflow', folder, `file:${join(folder, 'offline')}`, '--offline');
    const into = ['--experiment', '실험/one', '--into', 'second'];
    expect(await second.mulle('import', 'mlflow', join(folder, 'offline'), ...into)).toMatchObject({ code: 0 });
    const runs = await second.control.call('searchRuns', { body: { filter: "params.where = 'KTX'" } });
    expect(runs.items).toMatchObject([{ experiment: 'second', name: 'on the train', metrics: { loss: 0.25 } }]);
    const id = runs.items[0]?.id ?? '';
    const file = await second.control.stream('getRunArtifact', { params: { id }, query: { path: 'note.txt' } });
    expect(await file.text()).toBe('recorded without a network');
  });

  test('what is no source is refused with what to do', async () => {
    expect(await platform.mulle('import', 'mlflow', sandbox.project)).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('is no folder of MLflow'),
    });
    expect(await platform.mulle('import', 'mlflow', 'sqlite:///mlflow.db')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('mlflow server --backend-store-uri sqlite:///mlflow.db'),
    });
    // An address that answers, but not as MLflow does.
    expect(await platform.mulle('import', 'mlflow', platform.dataUrl)).toMatchObject({ code: 4 });
  });

  test('a run that was recorded here is not written over', async () => {
    const { id } = await platform.control.call('createRun', { body: { experiment: 'own' } });
    const { experimentId } = await platform.control.call('getRun', { params: { id } });
    const told = { from: 'http://elsewhere', experimentId, name: 'other', user: '', startedAtMs: 0, endedAtMs: null };
    const body = { ...told, status: 'finished', stage: 'active', parameters: {}, tags: {} } as const;
    await expect(platform.control.call('importRun', { params: { id }, body })).rejects.toMatchObject({
      code: 'already_exists',
    });
  });
});
