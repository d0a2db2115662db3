import fastify from 'fastify';
import { expect, test } from 'vitest';
import { accessMigrations, AuditLog, type AccessTables, type Actor } from '#domains/access/index.ts';
import { ActivityService, activityMigrations, type ActivityTables } from '#domains/activity/index.ts';
import { ArtifactsService, artifactsMigrations, type ArtifactsTables } from '#domains/artifacts/index.ts';
import {
  experimentsMigrations,
  LoggedModelsService,
  RunsService,
  type ExperimentsTables,
} from '#domains/experiments/index.ts';
import type { BlobStore } from '#platform/blobs/index.ts';
import { describeOnEveryDatabase } from '#platform/database/contract-suite.ts';
import { loggedModelCalls } from './logged-model-calls.ts';
import { metricCalls } from './metric-calls.ts';
import { mlflowProtocol } from './mlflow-protocol.ts';
import { runCalls } from './run-calls.ts';

const member: Actor = { name: 'minji', role: 'member' };
// Nothing here stores bytes.
const blobs = {} as BlobStore;

// What is expected here is what MLflow 3's server answers.
describeOnEveryDatabase('logged models and their metrics over MLflow’s protocol', (open) => {
  async function start() {
    const database = await open<ExperimentsTables & ArtifactsTables & ActivityTables & AccessTables>([
      ...accessMigrations,
      ...activityMigrations,
      ...artifactsMigrations,
      ...experimentsMigrations,
    ]);
    const runs = new RunsService({ database, audit: new AuditLog(database), activity: new ActivityService(database) });
    const models = new LoggedModelsService(database);
    const artifacts = new ArtifactsService({ database, blobs });
    const calls = [...runCalls(runs), ...metricCalls(runs), ...loggedModelCalls(models, artifacts)];
    const server = fastify();
    const mount = mlflowProtocol({ calls, authenticate: async () => member, onInternalError: () => {} });
    void server.register((scope, _options, done) => {
      mount(scope);
      done();
    });
    const send = async (method: 'GET' | 'POST', path: string, given: Record<string, unknown> = {}) => {
      const query = Object.entries(given).flatMap(([key, value]) =>
        (Array.isArray(value) ? value : [value]).map((one) => [key, String(one)]),
      );
      const url = `/ajax-api/2.0/mlflow/${path}${method === 'GET' ? `?${new URLSearchParams(query).toString()}` : ''}`;
      const body = method === 'GET' ? {} : { body: given };
      return (await server.inject({ method, url, ...body })).json();
    };
    const run_id = (await send('POST', 'runs/create', {})).run.info.run_id;
    return { send, run_id };
  }

  test('metrics of models by dataset: given back, searched, sorted, in pages', async () => {
    const { send, run_id } = await start();
    const ids: string[] = [];
    for (const name of ['a', 'b', 'c']) {
      const { model } = await send('POST', 'logged-models', {
        experiment_id: '0',
        name,
        params: [{ key: 'depth', value: '3' }],
      });
      ids.push(model.info.model_id);
    }
    const points = [
      { model: 0, value: 0.9, timestamp: 1, step: 0, dataset_name: 'train', dataset_digest: 'x' },
      { model: 0, value: 0.5, timestamp: 2, step: 1, dataset_name: 'test', dataset_digest: 'y' },
      { model: 1, value: 0.7, timestamp: 1, step: 0, dataset_name: 'train', dataset_digest: 'x' },
    ];
    const metrics = points.map(({ model, ...point }) => ({ key: 'acc', model_id: ids[model], ...point }));
    await send('POST', 'runs/log-batch', { run_id, metrics });
    await send('POST', 'runs/log-metric', { run_id, ...metrics[2] });
    const { model } = await send('GET', `logged-models/${ids[0]}`);
    expect(model.data.metrics).toEqual([
      { ...metrics[0], run_id },
      { ...metrics[1], run_id },
    ]);
    const found = async (search: Record<string, unknown>) => {
      const { models = [], error_code } = await send('POST', 'logged-models/search', {
        experiment_ids: ['0'],
        order_by: [{ field_name: 'name' }],
        ...search,
      });
      return error_code ?? models.map(({ info }: { info: { name: string } }) => info.name).join('');
    };
    const train = [{ dataset_name: 'train' }];
    const cases: [Record<string, unknown>, string][] = [
      [{}, 'abc'],
      [{ filter: 'metrics.acc > 0.6' }, 'ab'],
      [{ filter: 'metrics.acc < 0.6', datasets: train }, ''],
      [{ filter: 'metrics.acc < 0.6', datasets: [{ dataset_name: 'test', dataset_digest: 'y' }] }, 'a'],
      [{ datasets: train }, 'ab'],
      [{ filter: "params.depth = '3' AND (name = 'c' OR metrics.acc >= 0.7)" }, 'abc'],
      [{ order_by: [{ field_name: 'metrics.acc', ascending: false }] }, 'bac'],
      [{ order_by: [{ field_name: 'metrics.acc', dataset_name: 'train', ascending: false }] }, 'abc'],
      [{ filter: "metrics.acc = 'x'" }, 'INVALID_PARAMETER_VALUE'],
      [{ datasets: [{ dataset_digest: 'x' }] }, 'INVALID_PARAMETER_VALUE'],
      [{ order_by: [{ field_name: 'tags.x' }] }, 'INVALID_PARAMETER_VALUE'],
    ];
    for (const [search, names] of cases) expect([search, await found(search)]).toEqual([search, names]);
    const page = { experiment_ids: ['0'], order_by: [{ field_name: 'metrics.acc' }], max_results: 2 };
    const first = await send('POST', 'logged-models/search', page);
    const second = await send('POST', 'logged-models/search', { ...page, page_token: first.next_page_token });
    const names = [first, second].map(({ models }) => models.map(({ info }: { info: { name: string } }) => info.name));
    expect(names).toEqual([['a', 'b'], ['c']]);
    expect(second).not.toHaveProperty('next_page_token');
  });

  test('histories of many runs: whole, and in the same steps', async () => {
    const { send, run_id } = await start();
    const other = (await send('POST', 'runs/create', {})).run.info.run_id;
    const logged = (count: number, stride: number) =>
      Array.from({ length: count }, (_, index) => ({ key: 'm', value: index, timestamp: index, step: index * stride }));
    await send('POST', 'runs/log-batch', { run_id, metrics: logged(20, 1) });
    await send('POST', 'runs/log-batch', { run_id: other, metrics: logged(3, 100) });
    const whole = await send('GET', 'metrics/get-history-bulk', { run_id: [run_id, other], metric_key: 'm' });
    expect(whole.metrics).toHaveLength(23);
    const few = { run_id: [run_id, other], metric_key: 'm', max_results: 21 };
    expect((await send('GET', 'metrics/get-history-bulk', few)).metrics).toHaveLength(21);
    const asked = { run_ids: [run_id, other], metric_key: 'm', max_results: 5 };
    const interval = await send('GET', 'metrics/get-history-bulk-interval', asked);
    const steps = (id: string, from: typeof interval) =>
      from.metrics.filter((point: { run_id: string }) => point.run_id === id).map(({ step }: { step: number }) => step);
    // 22 steps, of which every 4.4th, the last, and the ends of each run.
    expect(steps(run_id, interval)).toEqual([0, 4, 8, 13, 17, 19]);
    expect(steps(other, interval)).toEqual([0, 200]);
    const within = await send('GET', 'metrics/get-history-bulk-interval', { ...asked, start_step: 3, end_step: 5 });
    expect(steps(run_id, within)).toEqual([3, 4, 5]);
    const wrong = { ...asked, start_step: 3 };
    expect((await send('GET', 'metrics/get-history-bulk-interval', wrong)).message).toContain('both must be specified');
    const dataset = { name: 'd', digest: '1', source_type: 's', source: '{}' };
    await send('POST', 'runs/log-inputs', { run_id, datasets: [{ dataset }] });
    expect(await send('POST', 'experiments/search-datasets', { experiment_ids: ['0'] })).toEqual({
      dataset_summaries: [{ experiment_id: '0', name: 'd', digest: '1' }],
    });
  });
});
