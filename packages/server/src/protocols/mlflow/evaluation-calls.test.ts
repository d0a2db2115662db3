import fastify from 'fastify';
import { expect, test } from 'vitest';
import { accessMigrations, AuditLog, type AccessTables, type Actor } from '#domains/access/index.ts';
import { EvaluationDatasetsService, evalsMigrations, ScorersService, type EvalsTables } from '#domains/evals/index.ts';
import { ExperimentsService, experimentsMigrations, type ExperimentsTables } from '#domains/experiments/index.ts';
import { describeOnEveryDatabase } from '#platform/database/contract-suite.ts';
import { evaluationDatasetCalls } from './evaluation-dataset-calls.ts';
import { mlflowProtocol } from './mlflow-protocol.ts';
import { scorerCalls } from './scorer-calls.ts';

const member: Actor = { name: 'minji', role: 'member' };

// What is expected here is what MLflow 3's server answers.
describeOnEveryDatabase('evaluation datasets and scorers over MLflow’s protocol', (open) => {
  async function start() {
    const migrations = [...accessMigrations, ...experimentsMigrations, ...evalsMigrations];
    const database = await open<EvalsTables & ExperimentsTables & AccessTables>(migrations);
    const audit = new AuditLog(database);
    const experiments = new ExperimentsService({ database, audit });
    await experiments.create(member, { name: 'one' });
    const options = { database, audit, checkExperiment: (id: string) => experiments.assertExists(id) };
    const calls = [
      ...evaluationDatasetCalls(new EvaluationDatasetsService(options)),
      ...scorerCalls(new ScorersService(options)),
    ];
    const server = fastify();
    const mount = mlflowProtocol({ calls, authenticate: async () => member, onInternalError: () => {} });
    void server.register((scope, _options, done) => {
      mount(scope);
      done();
    });
    return async (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object) =>
      (await server.inject({ method, url: `/api/3.0/mlflow/${path}`, ...(body && { body }) })).json();
  }

  test('a dataset: records merged by their inputs, schema and profile, tags, experiments, pages', async () => {
    const send = await start();
    const { dataset } = await send('POST', 'datasets/create', {
      name: '질문',
      tags: JSON.stringify({ 'mlflow.user': 'jun', team: 'a' }),
      experiment_ids: ['0'],
    });
    expect(dataset).toMatchObject({ name: '질문', created_by: 'jun', experiment_ids: ['0'] });
    expect(dataset.dataset_id).toMatch(/^d-[0-9a-f]{32}$/);
    expect(dataset).not.toHaveProperty('schema');
    const one = `datasets/${dataset.dataset_id}`;
    const upsert = (records: object[]) => send('POST', `${one}/records`, { records: JSON.stringify(records) });
    const source = { source_type: 'TRACE', source_data: { trace_id: 'tr-1' } };
    const first = { inputs: { q: 'a', n: 1 }, expectations: { e: true }, tags: { t: 'x' }, source };
    expect(await upsert([first, { inputs: { q: 'b' }, outputs: { text: 'B' } }])).toEqual({
      inserted_count: 2,
      updated_count: 0,
    });
    const again = { inputs: { n: 1, q: 'a' }, outputs: 'A', expectations: { f: 0.5 } };
    expect(await upsert([again])).toEqual({ inserted_count: 0, updated_count: 1 });
    const page = await send('GET', `${one}/records?max_results=1`);
    const rest = await send('GET', `${one}/records?page_token=${page.next_page_token}`);
    const records = [...JSON.parse(page.records), ...JSON.parse(rest.records)];
    expect(rest).not.toHaveProperty('next_page_token');
    expect(records.find((record) => record.inputs.q === 'a')).toMatchObject({
      inputs: { q: 'a', n: 1 },
      outputs: 'A',
      expectations: { e: true, f: 0.5 },
      tags: { t: 'x' },
      source,
      source_type: 'TRACE',
      source_id: 'tr-1',
    });
    const got = (await send('GET', one)).dataset;
    expect(JSON.parse(got.schema)).toEqual({
      inputs: { q: 'string', n: 'integer' },
      outputs: { text: 'string' },
      expectations: { e: 'boolean', f: 'float' },
      version: '1.0',
    });
    expect(JSON.parse(got.profile)).toEqual({ num_records: 2 });
    await send('PATCH', `${one}/tags`, { tags: JSON.stringify({ team: 'b', size: 3 }) });
    await send('DELETE', `${one}/tags/size`);
    await send('POST', `${one}/add-experiments`, { experiment_ids: ['1', '0'] });
    await send('POST', `${one}/remove-experiments`, { experiment_ids: ['0'] });
    expect(await send('GET', `${one}/experiment-ids`)).toEqual({ experiment_ids: ['1'] });
    await send('POST', 'datasets/create', { name: 'other' });
    const found = async (search: object) =>
      ((await send('POST', 'datasets/search', search)).datasets ?? []).map(({ name }: { name: string }) => name);
    expect(await found({ filter_string: "tags.team = 'b'" })).toEqual(['질문']);
    expect(await found({ filter_string: "name LIKE 'oth%' OR created_by = 'jun'", order_by: ['name'] })).toEqual([
      'other',
      '질문',
    ]);
    expect(await found({ experiment_ids: ['1'], filter_string: "created_time >= 'yesterday'" })).toEqual(['질문']);
    const ids = records.map((record) => record.dataset_record_id);
    expect(await send('DELETE', `${one}/records`, { dataset_record_ids: [ids[0], 'dr-none'] })).toEqual({
      deleted_count: 1,
    });
    expect(await send('DELETE', one)).toEqual({});
    expect((await send('GET', one)).error_code).toBe('RESOURCE_DOES_NOT_EXIST');
    expect((await send('GET', `${one}/records`)).error_code).toBe('RESOURCE_DOES_NOT_EXIST');
    const wrong = [
      await send('POST', 'datasets/create', { name: 'x', experiment_ids: ['9'] }),
      await send('POST', 'datasets/create', { tags: '{}' }),
      await send('POST', 'datasets/create', { name: 'x', tags: '{' }),
      await send('POST', 'datasets/search', { filter_string: "color = 'red'" }),
    ];
    expect(wrong.map(({ error_code }) => error_code)).toEqual([
      'RESOURCE_DOES_NOT_EXIST',
      ...Array<string>(3).fill('INVALID_PARAMETER_VALUE'),
    ]);
    expect(await found({})).toEqual(['other']);
  });

  test('scorers in versions', async () => {
    const send = await start();
    const register = (name: string, version: number) =>
      send('POST', 'scorers/register', { experiment_id: '0', name, serialized_scorer: JSON.stringify({ version }) });
    expect(await register('length', 1)).toMatchObject({ version: 1, experiment_id: '0', name: 'length' });
    const { scorer_id } = await register('length', 2);
    await register('tone', 1);
    const { scorers } = await send('GET', 'scorers/list?experiment_id=0');
    expect(scorers).toMatchObject([
      { scorer_name: 'length', scorer_version: 2, scorer_id, experiment_id: 0, serialized_scorer: '{"version":2}' },
      { scorer_name: 'tone', scorer_version: 1 },
    ]);
    const named = 'experiment_id=0&name=length';
    const versions = (await send('GET', `scorers/versions?${named}`)).scorers;
    expect(versions.map((scorer: { scorer_version: number }) => scorer.scorer_version)).toEqual([1, 2]);
    expect((await send('GET', `scorers/get?${named}&version=1`)).scorer.serialized_scorer).toBe('{"version":1}');
    await send('DELETE', 'scorers/delete', { experiment_id: '0', name: 'length', version: 2 });
    expect((await send('GET', `scorers/get?${named}`)).scorer.scorer_version).toBe(1);
    await send('DELETE', 'scorers/delete', { experiment_id: '0', name: 'length' });
    expect((await send('GET', `scorers/get?${named}`)).error_code).toBe('RESOURCE_DOES_NOT_EXIST');
    expect((await register('length', 3)).version).toBe(1);
    expect(await send('GET', `scorers/online-configs?scorer_ids=${scorer_id}`)).toEqual({ configs: [] });
    for (const path of ['scorers/nothing', 'gateway/endpoints/list']) {
      expect((await send('POST', path, {})).error_code).toBe('ENDPOINT_NOT_FOUND');
    }
    expect((await send('DELETE', 'scorers/list', {})).error_code).toBe('ENDPOINT_NOT_FOUND');
    expect((await send('GET', 'scorers/list?experiment_id=7')).error_code).toBe('RESOURCE_DOES_NOT_EXIST');
    const broken = { experiment_id: '0', name: 'x', serialized_scorer: '{' };
    expect((await send('POST', 'scorers/register', broken)).error_code).toBe('INVALID_PARAMETER_VALUE');
  });
});
