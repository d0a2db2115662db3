import fastify from 'fastify';
import { expect, test } from 'vitest';
import { accessMigrations, AuditLog, type AccessTables, type Actor } from '#domains/access/index.ts';
import { ActivityService, activityMigrations, type ActivityTables } from '#domains/activity/index.ts';
import {
  experimentsMigrations,
  ExperimentsService,
  RunsService,
  type ExperimentsTables,
} from '#domains/experiments/index.ts';
import { describeOnEveryDatabase } from '#platform/database/contract-suite.ts';
import { experimentCalls } from './experiment-calls.ts';
import { metricCalls } from './metric-calls.ts';
import { mlflowProtocol } from './mlflow-protocol.ts';
import { runCalls } from './run-calls.ts';

const owner: Actor = { name: 'minji', role: 'owner' };

// What is expected here is what MLflow 3's server answers.
describeOnEveryDatabase('runs over MLflow’s protocol', (open) => {
  async function start() {
    const migrations = [...accessMigrations, ...activityMigrations, ...experimentsMigrations];
    const database = await open<ExperimentsTables & ActivityTables & AccessTables>(migrations);
    const kept = { database, audit: new AuditLog(database), activity: new ActivityService(database) };
    const server = fastify();
    const runs = new RunsService(kept);
    const calls = [...experimentCalls(new ExperimentsService(kept)), ...runCalls(runs), ...metricCalls(runs)];
    const mount = mlflowProtocol({ calls, authenticate: async () => owner, onInternalError: () => {} });
    void server.register((scope, _options, done) => {
      mount(scope);
      done();
    });
    const get = async (path: string, query: Record<string, string>) =>
      (await server.inject({ method: 'GET', url: `/api/2.0/mlflow/${path}`, query })).json();
    const post = async (path: string, body: object) => {
      const answer = await server.inject({ method: 'POST', url: `/api/2.0/mlflow/${path}`, body });
      return { status: answer.statusCode, body: answer.json() };
    };
    const newRun = async (run: object = {}) => (await post('runs/create', run)).body.run.info.run_id;
    const search = async (body: object) => (await post('runs/search', { experiment_ids: ['0'], ...body })).body;
    return { get, post, newRun, search };
  }

  test('experiments: 0 is there; deleted ones keep their name, come back with their runs', async () => {
    const { get, post, newRun, search } = await start();
    expect(await get('experiments/get', { experiment_id: '0' })).toMatchObject({
      experiment: { name: 'Default', artifact_location: 'mlflow-artifacts:/0', lifecycle_stage: 'active' },
    });
    const { experiment_id } = (await post('experiments/create', { name: '지연', tags: [{ key: 'k', value: 'v' }] }))
      .body;
    expect(experiment_id).toBe('1');
    expect((await post('experiments/create', { name: '지연' })).body.error_code).toBe('RESOURCE_ALREADY_EXISTS');
    await newRun({ experiment_id });
    await post('experiments/delete', { experiment_id });
    expect((await search({ experiment_ids: ['1'] })).runs).toBeUndefined();
    expect((await post('experiments/create', { name: '지연' })).body.message).toContain('deleted state');
    expect((await get('experiments/get-by-name', { experiment_name: '지연' })).experiment.lifecycle_stage).toBe(
      'deleted',
    );
    await post('experiments/restore', { experiment_id });
    expect((await search({ experiment_ids: ['1'] })).runs).toHaveLength(1);
    const found = (await post('experiments/search', { max_results: 5, filter: "tags.k = 'v'" })).body;
    expect(found.experiments.map(({ name }: { name: string }) => name)).toEqual(['지연']);
  });

  test('NaN and infinities; the latest metric; history by time', async () => {
    const { get, post, newRun } = await start();
    const run_id = await newRun();
    expect(run_id).toMatch(/^[0-9a-f]{32}$/);
    const metrics = [
      { key: 'm', value: 1, timestamp: 5, step: 2 },
      { key: 'm', value: 'NaN', timestamp: '7', step: '1' },
      { key: 'i', value: '-Infinity', timestamp: 1 },
    ];
    for (let twice = 0; twice < 2; twice++)
      expect((await post('runs/log-batch', { run_id, metrics })).status).toBe(200);
    const { data } = (await get('runs/get', { run_id })).run;
    expect(data.metrics).toEqual([
      { key: 'i', value: -1.7976931348623157e308, timestamp: 1, step: 0 },
      { key: 'm', value: 1, timestamp: 5, step: 2 },
    ]);
    const history = (await get('metrics/get-history', { run_id, metric_key: 'm' })).metrics;
    expect(history.map(({ value }: { value: unknown }) => value)).toEqual([1, 'NaN']);
  });

  test('each clause and order of the grammar; pages meet without gaps', async () => {
    const { post, newRun, search } = await start();
    const ids: string[] = [];
    for (const [index, value] of [0.3, 'NaN', 0.1, 0.2].entries()) {
      const run_id = await newRun({ start_time: 1_000 + index, run_name: `run ${index}` });
      ids.push(run_id);
      await post('runs/log-batch', {
        run_id,
        metrics: [{ key: 'loss x', value, timestamp: 1, step: 1 }],
        params: [
          { key: 'p', value: index % 2 === 0 ? 'Even' : 'odd' },
          { key: 'n', value: ['1e2', '10', '2', 'none'][index] },
        ],
      });
    }
    ids.push(await newRun({ start_time: 2_000 }));
    await post('runs/log-inputs', {
      run_id: ids[2],
      datasets: [
        {
          tags: [{ key: 'mlflow.data.context', value: 'train' }],
          dataset: { name: 'd', digest: 'x', source_type: 's', source: '{}' },
        },
      ],
    });
    const order_by = ['metrics.`loss x` ASC'];
    const found = async (filter: string) => {
      const { runs = [], error_code } = await search({ filter, order_by });
      if (error_code !== undefined) return error_code === 'INVALID_PARAMETER_VALUE' ? 'refused' : error_code;
      return runs.map(({ info }: { info: { run_id: string } }) => ids.indexOf(info.run_id));
    };
    const expected: [string, number[] | 'refused'][] = [
      ['', [2, 3, 0, 1, 4]],
      ['metrics.`loss x` > 0.15', [3, 0]],
      ['metrics."loss x" <= 0.2 AND params.p = \'Even\'', [2]],
      ["params.p LIKE 'even'", []],
      ["params.p ILIKE 'EV%'", [2, 0]],
      ['params.p IS NULL', [4]],
      ["attributes.run_name = 'run 3'", [3]],
      [`run_id IN ('${ids[0]}', '${ids[1]}')`, [0, 1]],
      ['start_time >= 1002 and start_time < 2000', [2, 3]],
      ["dataset.name = 'd'", [2]],
      ["datasets.context IN ('train')", [2]],
      ["status = 'FINISHED'", []],
      // Beyond MLflow's own grammar.
      ["params.p = 'odd' or metrics.`loss x` < 0.15", [2, 3, 1]],
      ["(params.p = 'odd' OR metrics.`loss x` < 0.15) AND NOT_A_KEY", 'refused'],
      ["start_time > 1000 AND (run_name = 'run 1' OR (run_name LIKE 'run %' AND params.p = 'Even'))", [2, 1]],
      ['metrics.`loss x` BETWEEN 0.1 AND 0.2', [2, 3]],
      ['metrics.`loss x` NOT BETWEEN 0.1 AND 0.2', [0]],
      ["run_name RLIKE '^run [13]$'", [3, 1]],
      ["params.p IN ('Even', 'x') OR params.p IS NULL", [2, 0, 4]],
      ['params.n >= 10', [0, 1]],
      ['params.n BETWEEN 2 AND 10.5', [2, 1]],
      ["start_time >= '1970-01-02'", []],
      ["start_time = '1970'", [2, 3, 0, 1, 4]],
      ["start_time < '3 days ago' AND metrics.`loss x` IS NOT NULL", [2, 3, 0, 1]],
      ['end_time IS NULL AND start_time > 1000.5', [2, 3, 1, 4]],
    ];
    for (const [filter, runs] of expected) expect([filter, await found(filter)]).toEqual([filter, runs]);
    const paged: number[] = [];
    let page_token: string | undefined;
    do {
      const page = await search({ order_by: ['metrics.`loss x` DESC'], max_results: 2, page_token });
      for (const { info } of page.runs ?? []) paged.push(ids.indexOf(info.run_id));
      page_token = page.next_page_token;
    } while (page_token !== undefined);
    expect(paged).toEqual([0, 3, 2, 1, 4]);
  });

  test('bad input: MLflow’s codes and messages, nothing written', async () => {
    const { get, post, newRun, search } = await start();
    const run_id = await newRun();
    await post('runs/log-parameter', { run_id, key: 'p', value: '1' });
    expect((await post('runs/log-parameter', { run_id, key: 'p', value: '1' })).status).toBe(200);
    const metric = { key: 'm', value: 1, timestamp: 1 };
    const cases: [string, object, string][] = [
      ['runs/log-parameter', { run_id, key: 'p', value: '2' }, 'Changing param values is not allowed'],
      ['runs/log-batch', { run_id, metrics: [{ key: 'm', value: 1 }] }, "parameter 'metrics[0].timestamp'"],
      ['runs/log-batch', { run_id, metrics: Array(1_001).fill(metric) }, 'at most 1000 metrics'],
      ['runs/log-batch', { run_id, metrics: [metric, { ...metric, key: '../x' }] }, "parameter 'metrics[1].key'"],
      ['runs/log-batch', { run_id, params: [1, 2].map((value) => ({ key: 'q', value: String(value) })) }, 'Duplicate'],
      ['runs/log-metric', { run_id, key: 'k'.repeat(251), value: 1, timestamp: 1 }, 'maximum length of 250'],
      ['runs/search', { experiment_ids: ['0'], filter: "color.x = 'y'" }, "Invalid entity type 'color'"],
      ['runs/search', { experiment_ids: ['0'], filter: "params.a = 'x'; drop table runs" }, 'Invalid clause'],
      ['runs/search', { experiment_ids: ['0'], page_token: 'x' }, 'Invalid page token'],
    ];
    for (const [path, body, message] of cases) {
      const answer = await post(path, body);
      expect([path, answer.status, answer.body.error_code]).toEqual([path, 400, 'INVALID_PARAMETER_VALUE']);
      expect(answer.body.message).toContain(message);
    }
    await post('runs/delete', { run_id });
    const refused = await post('runs/set-tag', { run_id, key: 'a', value: 'b' });
    expect(refused.body.message).toContain("must be in the 'active' state");
    expect((await search({})).runs).toBeUndefined();
    expect((await get('runs/get', { run_id })).run.data).toMatchObject({ params: [{ key: 'p', value: '1' }] });
    expect((await get('runs/get', { run_id: 'x' })).error_code).toBe('RESOURCE_DOES_NOT_EXIST');
  });
});
