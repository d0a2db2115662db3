import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatasetDefinition } from '@mulle/contract';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AccessService, accessMigrations, AuditLog, type AccessTables } from '#domains/access/index.ts';
import { activityMigrations, ActivityService, type ActivityTables } from '#domains/activity/index.ts';
import { ArtifactsService, artifactsMigrations, BlobSweep, type ArtifactsTables } from '#domains/artifacts/index.ts';
import { datasetsMigrations, DatasetsService, type DatasetsTables } from '#domains/datasets/index.ts';
import {
  experimentsMigrations,
  ExperimentsService,
  LoggedModelsService,
  RunOrganiser,
  RunsService,
  type ExperimentsTables,
} from '#domains/experiments/index.ts';
import {
  lineageCheck,
  LineageService,
  ModelCatalogue,
  registryMigrations,
  RegistryService,
  type RegistryTables,
} from '#domains/registry/index.ts';
import { openBlobStore } from '#platform/blobs/index.ts';
import { digestsInFiles, openDatabase, type LeftOut } from '#platform/database/index.ts';
import { createControlServer } from '../index.ts';
import { accessHandlers } from './access-handlers.ts';
import { activityHandlers } from './activity-handlers.ts';
import { artifactsHandlers } from './artifacts-handlers.ts';
import { blobsHandlers } from './blobs-handlers.ts';
import { datasetsHandlers } from './datasets-handlers.ts';
import { experimentsHandlers } from './experiments-handlers.ts';
import { healthHandlers } from './health-handlers.ts';
import { runCareHandlers } from './run-care-handlers.ts';
import { registryHandlers } from './registry-handlers.ts';

type Tables = AccessTables & ActivityTables & ArtifactsTables & DatasetsTables & ExperimentsTables & RegistryTables;

const flights: DatasetDefinition = {
  name: 'flights',
  fields: [{ name: 'at', type: 'timestamp' }],
  eventTime: 'at',
  checks: [],
};

let url = '';
let artifacts: ArtifactsService;
let loggedModels: LoggedModelsService;
let stop: () => Promise<void> = () => Promise.resolve();

beforeEach(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mulle-handlers-'));
  const database = await openDatabase<Tables>({
    url: '',
    sqlitePath: join(folder, 'mulle.sqlite'),
    migrations: [
      ...accessMigrations,
      ...activityMigrations,
      ...artifactsMigrations,
      ...experimentsMigrations,
      ...registryMigrations,
      ...datasetsMigrations,
    ],
  });
  const blobs = await openBlobStore(join(folder, 'blobs'), { maximumBytes: 1_000 });
  const audit = new AuditLog(database);
  const activity = new ActivityService(database);
  const access = new AccessService({ database, audit, internalToken: 'token', host: '127.0.0.1' });
  const kept = { database, activity, audit, blobs };
  const runs = new RunsService(kept);
  artifacts = new ArtifactsService(kept);
  loggedModels = new LoggedModelsService(database);
  const datasets = new DatasetsService({ ...kept, definitions: () => [flights] });
  const checkLineage = lineageCheck(runs, datasets);
  const registry = new RegistryService({
    ...kept,
    checkLineage,
    aliasPolicies: () => [{ aliases: ['Production'], approval: true }],
  });
  const organiser = new RunOrganiser({
    ...kept,
    runs,
    versionsOf: (id) => registry.versionsOfRun(id),
    removeArtifacts: (uri) => artifacts.deleteTree(uri),
    removeBeside: async () => {},
  });
  const endpointsServing = async () => ['delays'];
  const namedDigests = (leftOut: LeftOut) => digestsInFiles([join(folder, 'mulle.sqlite')], leftOut);
  const catalogue = new ModelCatalogue({ ...kept, endpointsServing });
  const server = createControlServer({
    handlers: {
      ...healthHandlers('0.1.0'),
      ...accessHandlers(access, audit),
      ...activityHandlers(activity),
      ...blobsHandlers(blobs, new BlobSweep({ ...kept, namedDigests })),
      ...experimentsHandlers(new ExperimentsService(kept), runs),
      ...runCareHandlers(runs, organiser),
      ...artifactsHandlers({ runs, loggedModels, artifacts }),
      ...registryHandlers(
        registry,
        catalogue,
        new LineageService({ registry, inputsOf: (id) => runs.readAndMade(id), endpointsServing }),
      ),
      ...datasetsHandlers(datasets),
    },
    authenticate: (authorization) => access.authenticate(authorization),
    onLoopback: true,
    version: '0.1.0',
    consoleFolder: folder,
    verifyResponses: true,
    onInternalError: (error) => {
      throw error;
    },
  });
  url = await server.listen({ host: '127.0.0.1', port: 0 });
  stop = async () => {
    await server.close();
    await database.close();
    rmSync(folder, { recursive: true });
  };
});
afterEach(() => stop());

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

async function call(method: string, path: string, body?: unknown, key?: string): Promise<Answer> {
  const response = await fetch(url + path, {
    method,
    ...(body === undefined ? {} : { body: body instanceof Uint8Array ? Buffer.from(body) : JSON.stringify(body) }),
    headers: {
      ...(body === undefined || body instanceof Uint8Array ? {} : { 'content-type': 'application/json' }),
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    },
  });
  return { status: response.status, body: await response.json() };
}

async function storeBlob(text: string): Promise<unknown> {
  const { body } = await call('PUT', '/api/blobs', Buffer.from(text));
  return body['digest'];
}

test('train, register, approve, alias: each answer as the contract has it', async () => {
  const digest = await storeBlob('model');
  const { body: run } = await call('POST', '/api/runs', { experiment: 'delay', parameters: { trees: '10' } });
  const log = { metrics: [{ key: 'auc', value: 0.7, step: 0, timeMs: 1 }], tags: { a: 'b' } };
  expect(await call('POST', `/api/runs/${String(run['id'])}/log`, log)).toEqual({ status: 200, body: {} });
  expect(await call('POST', `/api/runs/${String(run['id'])}/end`, { status: 'finished' })).toMatchObject({
    body: { status: 'finished', metrics: { auc: 0.7 } },
  });
  expect(await call('GET', `/api/runs/${String(run['id'])}/metrics/auc`)).toMatchObject({
    body: { points: [{ value: 0.7 }] },
  });
  expect(await call('GET', '/api/experiments')).toMatchObject({
    body: {
      items: [
        { name: 'Default', runs: 0 },
        { name: 'delay', runs: 1 },
      ],
    },
  });
  expect(await call('GET', '/api/runs?experiment=delay&limit=1')).toMatchObject({
    body: { items: [{ id: run['id'] }] },
  });

  const lineage = {
    runId: run['id'],
    datasetVersion: null,
    featureService: null,
    codeDigest: null,
    parameters: {},
    seed: 1,
    environment: {},
  };
  const version = { artifactDigest: digest, features: ['distance'], metrics: { auc: 0.7 }, lineage };
  expect(await call('POST', '/api/models/delay/versions', version)).toMatchObject({ body: { version: 1 } });
  const foreign = { ...version, lineage: { ...lineage, runId: 'run_none' } };
  expect(await call('POST', '/api/models/delay/versions', foreign)).toMatchObject({ status: 404 });
  const unknownData = { dataset: 'flights', version: 1, id: digest };
  const unmade = { ...version, lineage: { ...lineage, datasetVersion: unknownData } };
  expect(await call('POST', '/api/models/delay/versions', unmade)).toMatchObject({ status: 404 });
  const production = '/api/models/delay/aliases/Production';
  expect(await call('PUT', production, { version: 1 })).toMatchObject({
    body: { error: { code: 'approval_required' } },
  });
  const approvals = '/api/models/delay/versions/1/approvals';
  expect(await call('POST', approvals, { verdict: 'approved', reason: 'good' })).toMatchObject({
    body: { actor: 'local-owner' },
  });
  expect(await call('GET', approvals)).toMatchObject({ body: { items: [{ verdict: 'approved' }] } });
  expect(await call('PUT', production, { version: 1 })).toMatchObject({ body: { aliases: ['Production'] } });
  expect(await call('GET', '/api/models')).toMatchObject({ body: { items: [{ aliases: { Production: 1 } }] } });
  expect(await call('GET', '/api/models/delay/versions/1')).toMatchObject({ body: { lineage } });
  expect(await call('DELETE', production)).toEqual({ status: 200, body: {} });

  expect(await call('GET', '/api/activity?after=0')).toMatchObject({
    body: {
      items: [
        { type: 'run-started' },
        { type: 'run-ended' },
        { type: 'model-version-created' },
        { type: 'approval-given' },
        { type: 'alias-moved' },
        { type: 'alias-moved' },
      ],
    },
  });
  expect(await call('GET', '/api/audit/verify')).toMatchObject({ body: { ok: true, entries: 7 } });
});

test('what the pages about runs read: search, metrics, series, inputs, artifacts, logged models', async () => {
  const ids: string[] = [];
  for (const auc of [0.2, 0.7, 0.9]) {
    const { body } = await call('POST', '/api/runs', { experiment: 'delay' });
    ids.push(String(body['id']));
    const metrics = [
      { key: 'auc', value: auc - 0.1, step: 0, timeMs: 1 },
      { key: 'auc', value: auc, step: 1, timeMs: 2 },
    ];
    await call('POST', `/api/runs/${ids.at(-1)}/log`, { metrics });
  }
  const [, second = '', best = ''] = ids;
  const order = [{ by: 'metric', key: 'auc', descending: true }];
  const first = await call('POST', '/api/runs/search', {
    experimentIds: ['1'],
    filter: 'metrics.auc > 0.5',
    order,
    limit: 1,
  });
  expect(first).toMatchObject({ status: 200, body: { items: [{ id: best, stage: 'active', parentId: null }] } });
  const pageToken = first.body['nextPageToken'];
  const next = await call('POST', '/api/runs/search', { filter: 'metrics.auc > 0.5', order, limit: 1, pageToken });
  expect(next.body).toMatchObject({ items: [{ id: second }] });
  expect(next.body).not.toHaveProperty('nextPageToken');
  expect(await call('POST', '/api/runs/search', { pageToken: 'x' })).toMatchObject({ status: 400 });
  expect(await call('POST', '/api/runs/search', { experimentIds: ['x'] })).toMatchObject({ status: 404 });

  expect(await call('GET', `/api/runs/${best}/metrics`)).toMatchObject({
    body: { items: [{ key: 'auc', points: 2, last: 0.9, lastStep: 1, min: 0.8, max: 0.9 }] },
  });
  expect(await call('POST', '/api/metric-series', { runIds: [best, second], keys: ['auc'] })).toMatchObject({
    body: {
      series: [
        { runId: best, mean: [0.8, 0.9] },
        { runId: second, step: [0, 1], timeMs: [1, 2], bucket: 1 },
      ],
    },
  });
  expect(await call('GET', '/api/experiments/1')).toMatchObject({ body: { name: 'delay', runs: 3, running: 3 } });
  expect(await call('GET', '/api/experiments/9')).toMatchObject({ status: 404 });
  expect(await call('GET', '/api/experiments?stage=deleted')).toMatchObject({ body: { items: [] } });
  expect(await call('GET', `/api/runs/${best}/inputs`)).toEqual({
    status: 200,
    body: { datasets: [], inputModels: [], outputModels: [] },
  });

  async function* html(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('<script>');
  }
  await artifacts.put(`1/${best}/artifacts/report/a.html`, html());
  expect(await call('GET', `/api/runs/${best}/artifacts`)).toMatchObject({
    body: { items: [{ path: 'report', isFolder: true }] },
  });
  expect(await call('GET', `/api/runs/${best}/artifacts?path=report/`)).toMatchObject({
    body: { items: [{ path: 'report/a.html', name: 'a.html', bytes: 8 }] },
  });
  const file = await fetch(`${url}/api/runs/${best}/artifact?path=report/a.html`);
  expect([file.headers.get('content-type'), await file.text()]).toEqual(['application/octet-stream', '<script>']);
  expect(file.headers.get('content-security-policy')).toContain('sandbox');
  expect(await call('GET', `/api/runs/${best}/artifact?path=../${second}`)).toMatchObject({ status: 400 });

  const { row } = await loggedModels.create({
    experimentId: 1,
    name: 'gbdt',
    modelType: null,
    sourceRunId: best,
    parameters: { depth: '6' },
    tags: {},
  });
  await artifacts.put(`1/models/${row.id}/artifacts/MLmodel`, html());
  expect(await call('GET', `/api/logged-models?runId=${best}`)).toMatchObject({
    body: { items: [{ id: row.id, name: 'gbdt', status: 'pending', parameters: { depth: '6' } }] },
  });
  expect(await call('GET', `/api/logged-models?runId=${second}`)).toEqual({ status: 200, body: { items: [] } });
  expect(await call('GET', `/api/logged-models/${row.id}/artifacts`)).toMatchObject({
    body: { items: [{ path: 'MLmodel' }] },
  });
  const model = await fetch(`${url}/api/logged-models/${row.id}/artifact?path=MLmodel`);
  expect(model.headers.get('content-type')).toBe('text/plain; charset=utf-8');
});

test('experiments and runs are put in order: filed, moved, nested, stopped', async () => {
  const { body: vision } = await call('POST', '/api/experiments', { name: '불량 검출', folder: ' vision / line 3/' });
  expect(vision).toMatchObject({ name: '불량 검출', folder: 'vision/line 3', runs: 0 });
  const experimentId = String(vision['id']);
  expect(await call('PATCH', `/api/experiments/${experimentId}`, { folder: '', notes: '물레' })).toMatchObject({
    body: { folder: null, tags: { 'mlflow.note.content': '물레' } },
  });
  const begin = async () => String((await call('POST', '/api/runs', { experiment: 'delay' })).body['id']);
  const [parent, child, other] = [await begin(), await begin(), await begin()];
  expect(await call('PATCH', `/api/runs/${child}`, { parentId: parent, name: 'fold 1' })).toMatchObject({
    body: { parentId: parent, name: 'fold 1' },
  });
  expect(await call('PATCH', `/api/runs/${parent}`, { parentId: child })).toMatchObject({ status: 400 });
  expect(await call('PATCH', `/api/runs/${parent}`, { experimentId })).toMatchObject({ body: { experimentId } });
  expect(await call('GET', `/api/runs/${child}`)).toMatchObject({ body: { experimentId, parentId: parent } });
  expect(await call('PATCH', `/api/runs/${other}`, { parentId: parent })).toMatchObject({ status: 400 });
  expect(await call('PATCH', `/api/runs/${child}`, { parentId: null })).toMatchObject({ body: { parentId: null } });

  expect(await call('POST', `/api/runs/${other}/stop`, { reason: 'diverged' })).toMatchObject({
    body: { status: 'killed', stoppedBy: 'local-owner' },
  });
  const metrics = [{ key: 'a', value: 1, step: 0, timeMs: 0 }];
  expect(await call('POST', `/api/runs/${other}/log`, { metrics })).toMatchObject({
    status: 409,
    body: { error: { code: 'invalid_state', message: expect.stringContaining('stopped by local-owner') } },
  });
  expect(await call('POST', `/api/runs/${other}/stop`, {})).toMatchObject({ status: 409 });
});

test('what is deleted comes back until it is purged; then its bytes are reclaimed, others stay', async () => {
  const { body: run } = await call('POST', '/api/runs', { experiment: 'delay' });
  const id = String(run['id']);
  async function* text(content: string): AsyncGenerator<Uint8Array> {
    yield Buffer.from(content);
  }
  await artifacts.put(`1/${id}/artifacts/model.bin`, text('only here'));
  const digest = createHash('sha256').update('only here').digest('hex');
  const kept = await storeBlob('registered');
  const lineage = {
    runId: id,
    datasetVersion: null,
    featureService: null,
    codeDigest: null,
    parameters: {},
    seed: null,
    environment: {},
  };
  const version = { artifactDigest: kept, features: ['x'], metrics: {}, lineage };
  await call('POST', '/api/models/delay/versions', version);
  expect(await call('GET', `/api/runs/${id}/lineage`)).toMatchObject({
    body: { edges: [{ to: 'model-version:delay@1' }, { from: 'model-version:delay@1', to: 'endpoint:delays' }] },
  });
  expect(await call('POST', `/api/runs/${id}/purge`)).toMatchObject({ status: 409 });
  expect(await call('DELETE', `/api/runs/${id}`)).toMatchObject({ status: 200 });
  expect(await call('POST', `/api/runs/${id}/restore`)).toMatchObject({ status: 200 });
  await call('DELETE', `/api/runs/${id}`);
  expect(await call('POST', `/api/runs/${id}/purge`)).toMatchObject({
    status: 409,
    body: { error: { message: expect.stringContaining('delay@1') } },
  });
  const { body: second } = await call('POST', '/api/runs', { experiment: 'delay' });
  const gone = String(second['id']);
  await artifacts.put(`1/${gone}/artifacts/a`, text('gone soon'));
  await call('POST', `/api/runs/${gone}/log`, { metrics: [{ key: 'a', value: 1, step: 0, timeMs: 0 }] });
  await call('DELETE', `/api/runs/${gone}`);
  const sweep = (body: object) => call('POST', '/api/blobs/sweep', body);
  expect(await sweep({ youngerThanMs: 0 })).toMatchObject({ body: { kept: 3, removed: 0 } });
  expect(await call('POST', `/api/runs/${gone}/purge`)).toMatchObject({ status: 200 });
  expect(await call('GET', `/api/runs/${gone}`)).toMatchObject({ status: 404 });
  const emptied = String((await call('POST', '/api/experiments', { name: 'emptied' })).body['id']);
  const { body: moving } = await call('POST', '/api/runs', { experiment: 'emptied' });
  const moved = String(moving['id']);
  await artifacts.put(`${emptied}/${moved}/artifacts/a`, text('moved away'));
  await call('PATCH', `/api/runs/${moved}`, { experimentId: '1' });
  await call('DELETE', `/api/experiments/${emptied}`);
  expect(await call('POST', `/api/experiments/${emptied}/purge`)).toMatchObject({ status: 200 });
  expect(await call('GET', `/api/experiments/${emptied}`)).toMatchObject({ status: 404 });
  expect(await call('POST', '/api/experiments/0/purge')).toMatchObject({ status: 409 });
  expect(await (await fetch(`${url}/api/runs/${moved}/artifact?path=a`)).text()).toBe('moved away');
  expect(await sweep({})).toMatchObject({ body: { kept: 4, removed: 0 } });
  expect(await sweep({ youngerThanMs: 0, dryRun: true })).toMatchObject({ body: { removed: 1, removedBytes: 9 } });
  expect(await sweep({ youngerThanMs: 0 })).toMatchObject({ body: { kept: 3, removed: 1 } });
  expect((await fetch(`${url}/api/blobs/${digest}`)).status).toBe(200);
  expect((await fetch(`${url}/api/blobs/${String(kept)}`)).status).toBe(200);
});

test('a run is watched live; whoever comes back goes on after the last event it saw', async () => {
  const { body: run } = await call('POST', '/api/runs', { experiment: 'live' });
  const path = `/api/runs/${String(run['id'])}`;
  const log = (step: number) =>
    call('POST', `${path}/log`, { metrics: [{ key: 'loss', value: 1 / (step + 1), step, timeMs: step }] });
  const watch = async (until: string, lastId?: string) => {
    const leave = new AbortController();
    const headers: Record<string, string> = lastId === undefined ? {} : { 'last-event-id': lastId };
    const response = await fetch(`${url}${path}/stream`, { headers, signal: leave.signal });
    let text = '';
    if (lastId === undefined) await log(0);
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString();
      if (text.includes(until)) break;
    }
    leave.abort();
    return { text, lastId: [...text.matchAll(/^id: (.+)$/gm)].at(-1)?.[1] ?? '' };
  };
  const first = await watch('"step":0');
  expect(first.text).toMatch(/event: run\n[^]*"status":"running"[^]*event: metrics\n/);
  await log(1);
  await log(2);
  await call('POST', `${path}/end`, { status: 'finished' });
  const second = await watch('"status":"finished"', first.lastId);
  expect(second.text).not.toContain('"step":0');
  expect(second.text).toMatch(/"step":1[^]*"step":2[^]*event: run/);
  const stranger = await watch('event: run', 'elsewhere-7');
  expect(stranger.text).toContain('event: missed');
  expect((await fetch(`${url}/api/runs/none/stream`)).status).toBe(404);
});

test('datasets through their routes', async () => {
  const digest = await storeBlob('parquet');
  const part = { fromMs: 0, toMs: 10, digest, bytes: 7, rows: 3, source: 'history' };
  expect(await call('POST', '/api/datasets/flights/versions', { parts: [part], parent: null })).toMatchObject({
    body: { version: 1, rows: 3 },
  });
  const next = { ...part, fromMs: 10, toMs: 20 };
  await call('POST', '/api/datasets/flights/versions', { parts: [next], parent: 1 });
  expect(await call('GET', '/api/datasets')).toMatchObject({ body: { items: [{ latest: { version: 2 } }] } });
  expect(await call('GET', '/api/datasets/flights/versions')).toMatchObject({ body: { items: [{ version: 2 }, {}] } });
  expect(await call('GET', '/api/datasets/flights/diff?from=1&to=2')).toMatchObject({
    body: { added: [next], removed: [] },
  });
  const window = { fromMs: 0, toMs: 10, reason: 'km' };
  expect(await call('POST', '/api/datasets/flights/quarantine', window)).toMatchObject({ body: window });
  expect(await call('GET', '/api/datasets/flights/quarantine')).toMatchObject({ body: { items: [window] } });
  expect(await call('DELETE', '/api/datasets/flights/quarantine/0')).toEqual({ status: 200, body: {} });
  expect(await call('GET', '/api/datasets/none')).toMatchObject({ status: 404 });
});

test('keys: made, used by role, listed without their secret, revoked', async () => {
  const { body: ownerKey } = await call('POST', '/api/keys', { name: 'minji', role: 'owner' });
  const secret = String(ownerKey['key']);
  expect(await call('GET', '/api/runs')).toMatchObject({ status: 401 });
  const { body: viewerKey } = await call('POST', '/api/keys', { name: 'eye', role: 'viewer' }, secret);
  const viewer = String(viewerKey['key']);
  expect(await call('GET', '/api/runs', undefined, viewer)).toMatchObject({ status: 200 });
  expect(await call('POST', '/api/runs', { experiment: 'e' }, viewer)).toMatchObject({ status: 403 });
  expect(await call('GET', '/api/audit', undefined, viewer)).toMatchObject({ status: 403 });
  const listed = await call('GET', '/api/keys', undefined, secret);
  expect(JSON.stringify(listed.body)).not.toContain('mk_');
  expect(await call('DELETE', `/api/keys/${String(viewerKey['id'])}`, undefined, secret)).toMatchObject({
    status: 200,
  });
  expect(await call('GET', '/api/runs', undefined, viewer)).toMatchObject({ status: 401 });
  expect(await call('GET', '/api/audit', undefined, secret)).toMatchObject({
    body: { items: [{ actor: 'minji' }, {}, {}] },
  });
  expect(await call('GET', '/api/health')).toEqual({ status: 200, body: { status: 'ok', version: '0.1.0' } });
});

test('a key sends no more requests a second than it may', async () => {
  const { body: owner } = await call('POST', '/api/keys', { name: 'minji', role: 'owner' });
  const wanted = { name: 'slow', role: 'viewer', requestsPerSecond: 0.01 };
  const { body: slow } = await call('POST', '/api/keys', wanted, String(owner['key']));
  const ask = () => fetch(`${url}/api/runs`, { headers: { authorization: `Bearer ${String(slow['key'])}` } });
  expect((await ask()).status).toBe(200);
  const refused = await ask();
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '100']);
  expect(await refused.json()).toMatchObject({ error: { code: 'rate_limited' } });
  expect(await call('GET', '/api/runs', undefined, String(owner['key']))).toMatchObject({ status: 200 });
});

test('blobs: what was put comes back; too much is refused', async () => {
  const digest = await storeBlob('물레');
  expect(await (await fetch(`${url}/api/blobs/${String(digest)}`)).text()).toBe('물레');
  expect(await call('GET', `/api/blobs/${'0'.repeat(64)}`)).toMatchObject({ status: 404 });
  expect(await call('PUT', '/api/blobs', new Uint8Array(2_000))).toMatchObject({ status: 413 });
});

test('the live stream resumes after the last event that was seen', async () => {
  await call('POST', '/api/runs', { experiment: 'a' });
  await call('POST', '/api/runs', { experiment: 'b' });
  const leave = new AbortController();
  const response = await fetch(`${url}/api/activity/stream`, {
    headers: { 'last-event-id': '1' },
    signal: leave.signal,
  });
  let text = '';
  const until = async (word: string) => {
    for await (const chunk of response.body?.values({ preventCancel: true }) ?? []) {
      text += Buffer.from(chunk).toString();
      if (text.includes(word)) return;
    }
  };
  await until('"experiment":"b"');
  await call('POST', '/api/runs', { experiment: 'c' });
  await until('"experiment":"c"');
  expect(text.match(/^id: \d+$/gm)).toEqual(['id: 2', 'id: 3']);
  expect(text).not.toContain('"experiment":"a"');
  leave.abort();
  const foreign = await fetch(`${url}/api/activity/stream`, { headers: { 'last-event-id': 'x' } });
  expect(foreign.status).toBe(400);
});
