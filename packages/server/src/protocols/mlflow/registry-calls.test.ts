import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastify from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accessMigrations, AuditLog, type AccessTables, type Actor } from '#domains/access/index.ts';
import { ActivityService, activityMigrations, type ActivityTables } from '#domains/activity/index.ts';
import { ArtifactsService, artifactsMigrations, type ArtifactsTables } from '#domains/artifacts/index.ts';
import {
  experimentsMigrations,
  LoggedModelsService,
  RunsService,
  type ExperimentsTables,
} from '#domains/experiments/index.ts';
import { PromptsService } from '#domains/prompts/index.ts';
import {
  LineageService,
  ModelCatalogue,
  RegistryService,
  registryMigrations,
  type RegistryTables,
} from '#domains/registry/index.ts';
import { openBlobStore, type BlobStore } from '#platform/blobs/index.ts';
import { describeOnEveryDatabase } from '#platform/database/contract-suite.ts';
import { mlflowProtocol } from './mlflow-protocol.ts';
import { registryCalls } from './registry-calls.ts';
import { sourceResolver } from './version-source.ts';

const maintainer: Actor = { name: 'jun', role: 'maintainer' };
let folder = '';
let blobs: BlobStore;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mulle-registry-'));
  blobs = await openBlobStore(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

describeOnEveryDatabase('the registry over MLflow’s protocol', (open) => {
  async function start() {
    const database = await open<RegistryTables & ArtifactsTables & ExperimentsTables & ActivityTables & AccessTables>([
      ...accessMigrations,
      ...activityMigrations,
      ...artifactsMigrations,
      ...experimentsMigrations,
      ...registryMigrations,
    ]);
    const audit = new AuditLog(database);
    const registry = new RegistryService({
      database,
      audit,
      blobs,
      activity: new ActivityService(database),
      checkLineage: async () => {},
      aliasPolicies: () => [
        {
          aliases: ['production'],
          approval: true,
          checks: [
            { kind: 'tag', name: 'offline evaluation', tag: 'evaluation', equals: 'passed' },
            { kind: 'model-card', name: 'model card' },
          ],
        },
      ],
    });
    const catalogue = new ModelCatalogue({
      database,
      audit,
      endpointsServing: async (model) => (model === 'served' ? ['delay'] : []),
    });
    const sources = sourceResolver({
      registry,
      blobs,
      artifacts: new ArtifactsService({ database, blobs }),
      runs: new RunsService({ database, audit, activity: new ActivityService(database) }),
      loggedModels: new LoggedModelsService(database),
    });
    const calls = registryCalls({ registry, catalogue, sources });
    const server = fastify();
    const mount = mlflowProtocol({ calls, authenticate: async () => maintainer, onInternalError: () => {} });
    void server.register((scope, _options, done) => {
      mount(scope);
      done();
    });
    const send = async (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, given: Record<string, unknown>) => {
      const query =
        method === 'GET'
          ? `?${new URLSearchParams(Object.entries(given).map(([key, value]) => [key, String(value)]))}`
          : '';
      const body =
        method === 'GET' ? {} : { body: JSON.stringify(given), headers: { 'content-type': 'application/json' } };
      const answer = await server.inject({ method, url: `/api/2.0/mlflow/${path}${query}`, ...body });
      return { status: answer.statusCode, body: answer.json() };
    };
    const version = async (name: string, source = 's3://bucket/model', more = {}) =>
      (await send('POST', 'model-versions/create', { name, source, ...more })).body.model_version;
    return { registry, catalogue, audit, send, version };
  }

  test('a registry that is brought over keeps its numbers and times; the next version follows the highest', async () => {
    const { send, version } = await start();
    await send('POST', 'registered-models/create', { name: 'moved' });
    const brought = await version('moved', 's3://bucket/model', { version: '7', creation_timestamp: 5 });
    expect(brought).toMatchObject({ version: '7', creation_timestamp: 5 });
    expect(await version('moved', 's3://bucket/model', { version: 3 })).toMatchObject({ version: '3' });
    expect(await version('moved')).toMatchObject({ version: '8' });
    const again = (given: object) =>
      send('POST', 'model-versions/create', { name: 'moved', source: 's3://bucket/model', ...given });
    expect(await again({ version: '7' })).toMatchObject({ body: { error_code: 'RESOURCE_ALREADY_EXISTS' } });
    await send('DELETE', 'model-versions/delete', { name: 'moved', version: '3' });
    expect(await again({ version: '3' })).toMatchObject({ body: { error_code: 'RESOURCE_ALREADY_EXISTS' } });
    expect(await again({ version: '0' })).toMatchObject({ body: { error_code: 'INVALID_PARAMETER_VALUE' } });
  });

  test('Production is refused until a maintainer approves, also through MLflow; every move is audited', async () => {
    const { registry, audit, send, version } = await start();
    await send('POST', 'registered-models/create', { name: 'chatbot-model' });
    await version('chatbot-model');
    const move = (stage: string) =>
      send('POST', 'model-versions/transition-stage', { name: 'chatbot-model', version: '1', stage });
    expect((await move('staging')).body.model_version.current_stage).toBe('Staging');
    const refused = await move('Production');
    expect([refused.status, refused.body.error_code]).toEqual([403, 'PERMISSION_DENIED']);
    expect(refused.body.message).toContain('the check "offline evaluation" is missing');
    const evaluated = { name: 'chatbot-model', version: '1', key: 'evaluation', value: 'passed' };
    await send('POST', 'model-versions/set-tag', evaluated);
    expect((await move('Production')).body.message).toContain('the check "model card" is missing');
    await send('PATCH', 'registered-models/update', { name: 'chatbot-model', description: '상담 답변. 한국어만.' });
    expect((await move('Production')).body.message).toContain('not approved');
    const alias = { name: 'chatbot-model', alias: 'production', version: '1' };
    expect((await send('POST', 'registered-models/alias', alias)).status).toBe(403);
    await registry.approve(maintainer, 'chatbot-model', 1, { verdict: 'approved', reason: 'beats the champion' });
    expect((await move('Production')).body.model_version.current_stage).toBe('Production');
    expect((await send('POST', 'registered-models/alias', alias)).status).toBe(200);
    expect(await registry.resolveAlias('chatbot-model', 'Production')).toMatchObject({
      version: 1,
      stage: 'Production',
    });
    const actions = (await audit.list({})).items.map(({ action }) => action);
    expect(actions.filter((action) => action === 'alias.move')).toHaveLength(3);
  });

  test('stages and their aliases agree, whichever API moves them', async () => {
    const { registry, send, version } = await start();
    await send('POST', 'registered-models/create', { name: 'm' });
    for (let count = 0; count < 3; count++) await version('m');
    const move = (number: number, stage: string, archive = false) =>
      send('POST', 'model-versions/transition-stage', {
        name: 'm',
        version: String(number),
        stage,
        archive_existing_versions: archive,
      });
    await move(1, 'Staging');
    await move(2, 'Staging');
    expect((await registry.getModel('m')).aliases).toEqual({ Staging: 2 });
    await registry.setAlias(maintainer, 'm', 'Staging', { version: 1 });
    const stages = async () => (await registry.listVersions('m', {})).items.map(({ stage }) => stage);
    expect(await stages()).toEqual(['None', 'None', 'Staging']);
    await move(3, 'STAGING', true);
    expect(await stages()).toEqual(['Staging', 'None', 'Archived']);
    expect((await registry.getModel('m')).aliases).toEqual({ Archived: 1, Staging: 3 });
    await registry.deleteAlias(maintainer, 'm', 'Staging');
    expect(await stages()).toEqual(['None', 'None', 'Archived']);
    const latest = (await send('GET', 'registered-models/get-latest-versions', { name: 'm' })).body.model_versions;
    expect(
      latest.map((found: { version: string; current_stage: string }) => [found.version, found.current_stage]),
    ).toEqual([
      ['1', 'Archived'],
      ['3', 'None'],
    ]);
    expect(latest[0]).not.toHaveProperty('aliases');
  });

  test('numbers are never given again; renaming takes everything along; what is served stays', async () => {
    const { registry, send, version } = await start();
    await send('POST', 'registered-models/create', { name: '이름 하나', tags: [{ key: 'k', value: 'v' }] });
    await version('이름 하나');
    await version('이름 하나', 'models:/이름 하나/1', { tags: [{ key: 'a', value: 'b' }], run_id: 'r1' });
    await send('DELETE', 'model-versions/delete', { name: '이름 하나', version: '2' });
    expect((await version('이름 하나')).version).toBe('3');
    await registry.setAlias(maintainer, '이름 하나', 'champion', { version: 3 });
    await registry.approve(maintainer, '이름 하나', 3, { verdict: 'approved', reason: 'r' });
    await send('POST', 'registered-models/rename', { name: '이름 하나', new_name: '둘' });
    const { body } = await send('GET', 'registered-models/get', { name: '둘' });
    expect(body.registered_model).toMatchObject({
      tags: [{ key: 'k', value: 'v' }],
      aliases: [{ alias: 'champion', version: '3' }],
      latest_versions: [{ version: '3', aliases: ['champion'] }],
    });
    expect(await registry.listApprovals('둘', 3)).toHaveLength(1);
    expect((await send('GET', 'registered-models/get', { name: '이름 하나' })).body.error_code).toBe(
      'RESOURCE_DOES_NOT_EXIST',
    );
    await send('POST', 'registered-models/create', { name: 'served' });
    expect((await send('DELETE', 'registered-models/delete', { name: 'served' })).body.message).toContain('delay');
    expect((await send('DELETE', 'registered-models/delete', { name: '둘' })).status).toBe(200);
    expect((await registry.listModels()).map(({ name }) => name)).toEqual(['served']);
  });

  test('prompts are hidden unless asked for, in both searches', async () => {
    const { registry, catalogue, send, version } = await start();
    const tags = [{ key: 'mlflow.prompt.is_prompt', value: 'true' }];
    await send('POST', 'registered-models/create', { name: 'p', tags });
    await version('p', 'dummy-source', { tags: [...tags, { key: 'mlflow.prompt.text', value: '안녕 {{x}}' }] });
    await send('POST', 'registered-models/create', { name: 'm' });
    await version('m');
    const found = async (path: string, filter: string) => {
      const { body } = await send('GET', `${path}/search`, { filter });
      return [...(body.registered_models ?? body.model_versions ?? [])].map((item: { name: string }) => item.name);
    };
    const asked = "tags.`mlflow.prompt.is_prompt` = 'true'";
    for (const path of ['registered-models', 'model-versions']) {
      expect(await found(path, '')).toEqual(['m']);
      expect(await found(path, asked)).toEqual(['p']);
      expect(await found(path, `name = 'm' AND ${asked}`)).toEqual([]);
      expect((await found(path, `name = 'm' OR ${asked}`)).toSorted()).toEqual(['m', 'p']);
      expect(await found(path, "name RLIKE '^[mp]$' AND creation_timestamp >= 'yesterday'")).toEqual(['m']);
    }
    expect((await registry.listModels()).map(({ name }) => name)).toEqual(['m']);

    await send('PATCH', 'model-versions/update', { name: 'p', version: '1', description: '첫 번째' });
    await send('POST', 'registered-models/alias', { name: 'p', alias: 'champion', version: '1' });
    const prompts = new PromptsService(catalogue);
    expect((await prompts.list({})).items).toMatchObject([{ name: 'p', tags: {}, aliases: { champion: 1 } }]);
    const expected = {
      prompt: 'p',
      version: 1,
      template: '안녕 {{x}}',
      type: 'text',
      aliases: ['champion'],
      description: '첫 번째',
    };
    expect(await prompts.getVersion('p', 1)).toMatchObject(expected);
    expect((await prompts.listVersions('p', {})).items).toMatchObject([expected]);
    for (const absent of [prompts.getVersion('p', 2), prompts.getVersion('m', 1), prompts.listVersions('q', {})]) {
      await expect(absent).rejects.toMatchObject({ code: 'not_found' });
    }
  });

  test('lineage: dataset → run → version → endpoint, and what a version was copied from', async () => {
    const { registry, send, version } = await start();
    await send('POST', 'registered-models/create', { name: 'm' });
    await version('m', 'runs:/r1/model', { run_id: 'r1' });
    await version('m', 'models:/m/1');
    const lineage = new LineageService({
      registry,
      inputsOf: async () => ({ datasets: [], models: [] }),
      endpointsServing: async (_model, number) => (number === 2 ? ['delays', 'delays-eu'] : []),
    });
    const edges = async (number: number) =>
      (await lineage.graphOf('m', number)).edges.map(({ from, to }) => `${from} → ${to}`);
    expect(await edges(1)).toEqual(['run:r1 → model-version:m@1']);
    expect(await edges(2)).toEqual([
      'run:r1 → model-version:m@1',
      'model-version:m@1 → model-version:m@2',
      'model-version:m@2 → endpoint:delays',
      'model-version:m@2 → endpoint:delays-eu',
    ]);
  });

  test('bad names, versions, sources, filters: MLflow’s codes and messages, nothing written', async () => {
    const { send, catalogue } = await start();
    await send('POST', 'registered-models/create', { name: 'm' });
    const create = 'registered-models/create';
    const search = 'registered-models/search';
    const source = 'model-versions/create';
    const cases = [
      [create, { name: 'a/b' }, "Invalid model name 'a/b'. Names cannot contain '/' or ':'."],
      [create, {}, "Missing value for required parameter 'name'."],
      [create, { name: 'n', tags: [{ key: 'k'.repeat(251), value: '' }] }, "'key' exceeds the maximum length of 250"],
      [create, { name: 7 }, "Invalid value 7 for parameter 'name' supplied"],
      [search, { filter: "name = 'x' OR 1=1" }, "Invalid attribute key '1' specified."],
      [search, { filter: "name ='x'; drop table models" }, 'Invalid clause(s) in filter string'],
      [search, { filter: "color = 'red'" }, "Invalid attribute key 'color' specified."],
      [search, { filter: 'name > 3' }, 'Invalid comparator for attribute: >'],
      [search, { order_by: ['nope'] }, "Invalid order by key 'nope'"],
      [search, { page_token: 'xx' }, 'Invalid page token'],
      [search, { max_results: 1_001 }, "'max_results'"],
      [source, { name: 'm', source: 'mlflow-artifacts:/%252e%252e/x' }, 'Invalid model version source'],
      [source, { name: 'm', source: 's3://b/a%00' }, 'Invalid model version source'],
      ['registered-models/alias', { name: 'm', alias: 'Latest', version: '1' }, "'latest' alias name"],
      ['model-versions/set-tag', { name: 'm', version: 'x', key: 'k', value: 'v' }, 'must be an integer'],
    ] as const;
    for (const [path, body, message] of cases) {
      const answer = await send('POST', path, body);
      expect([path, answer.status, answer.body.error_code]).toEqual([path, 400, 'INVALID_PARAMETER_VALUE']);
      expect(answer.body.message).toContain(message);
    }
    expect((await catalogue.search({ filter: { and: [] }, order: [] }, undefined, 10)).models).toHaveLength(1);
  });
});
