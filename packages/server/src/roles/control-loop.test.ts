import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createControlClient, type ControlClient } from '@mulle/client';
import { SnapshotLine, type NewFinding } from '@mulle/contract';
import { Value } from 'typebox/value';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { homeLayout, loadConfig } from '#config/index.ts';
import { exampleManifest } from '#domains/project/index.ts';
import { createControlServer } from '#http/index.ts';
import { openBlobStore } from '#platform/blobs/index.ts';
import { openDatabase } from '#platform/database/index.ts';
import { JournalReader } from '#platform/events/index.ts';
import { controlHandlers } from './control-handlers.ts';
import { controlMigrations, openServices, type ControlTables } from './control-services.ts';

/** The people's client, and that of the other roles. */
let people: ControlClient;
let platform: ControlClient;
let stop: () => Promise<void> = () => Promise.resolve();

beforeEach(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mulle-control-'));
  const layout = homeLayout(folder);
  const config = loadConfig({ environment: {}, cwd: folder, overrides: { home: folder, internalToken: 'token' } });
  const database = await openDatabase<ControlTables>({
    url: '',
    sqlitePath: layout.database,
    migrations: controlMigrations,
  });
  const onProblem = (problem: unknown): void => expect.unreachable(String(problem));
  const blobs = await openBlobStore(layout.blobs, { maximumBytes: 1_000 });
  const services = await openServices(config, database, blobs, { onProblem, longPollMs: 50 });
  await services.publisher.start();
  await services.leases.start();
  const reader = new JournalReader({ dir: layout.journal, onProblem });
  const dataUrls = ['http://127.0.0.1:1'];
  const server = createControlServer({
    handlers: controlHandlers(services, { config, dataUrls, database, blobs, reader, onProblem }),
    authenticate: (authorization) => services.access.authenticate(authorization),
    onLoopback: true,
    version: '0.1.0',
    consoleFolder: folder,
    verifyResponses: true,
    onInternalError: (error) => {
      throw error;
    },
  });
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  people = createControlClient({ url, tries: 1 });
  platform = createControlClient({ url, key: 'token', tries: 1 });
  stop = async () => {
    services.leases.close();
    await services.publisher.close();
    await server.close();
    await reader.close();
    await database.close();
    rmSync(folder, { recursive: true });
  };
});
afterEach(() => stop());

const drift: NewFinding = {
  kind: 'covariate-drift',
  severity: 'warning',
  monitor: 'inputs',
  endpoint: 'delay',
  dataset: null,
  subject: 'hour',
  statistics: { psi: 0.4 },
  window: { fromMs: 0, toMs: 1_000, rows: 1_000 },
  message: { en: 'hour has drifted', ko: 'hour 드리프트' },
  recommendation: { en: 'Retrain.', ko: '재학습하세요.' },
  causeId: null,
};
const driftWindow = {
  monitor: 'inputs',
  endpoint: 'delay',
  fromMs: 0,
  toMs: 1_000,
  rows: 1_000,
  values: { 'hour.psi': 0.4 },
  createdAtMs: 1,
};

async function register(features: string[], causeId?: string) {
  const { digest } = await people.putBlob(Buffer.from('model'));
  const lineage = {
    runId: null,
    datasetVersion: null,
    featureService: 'features',
    codeDigest: null,
    parameters: {},
    seed: 7,
    environment: {},
  };
  const body = {
    artifactDigest: digest,
    features,
    metrics: {},
    lineage,
    ...(causeId === undefined ? {} : { causeId }),
  };
  return people.call('createModelVersion', { params: { model: 'delay' }, body });
}

const deploy = (version: number, causeId?: string) =>
  people.call('deploy', {
    params: { name: 'delay' },
    body: { model: 'delay', version, ...(causeId === undefined ? {} : { causeId }) },
  });

async function work(outputs: Record<string, unknown>) {
  const { tasks } = await platform.call('leaseTasks', { body: { worker: 'w', slots: 1 } });
  const [task] = tasks;
  if (!task) throw new Error('There was no task.');
  await platform.call('heartbeatTask', { params: { leaseId: task.leaseId }, body: { progress: 0.5 } });
  await platform.call('completeTask', { params: { leaseId: task.leaseId }, body: { outputs } });
  return task;
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    const lines = (rest + decoder.decode(chunk.value, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

describe('one turn of the wheel', () => {
  test('over HTTP: finding, trigger, run, version, canary, promotion, as one chain of causes', async () => {
    expect(await people.call('planManifest', { body: exampleManifest() })).toMatchObject({ changes: { length: 10 } });
    const applied = await people.call('applyManifest', { body: exampleManifest() });
    expect(applied.version).toBe(1);
    await register(['hour', 'origin_rate']);
    expect(await deploy(1)).toMatchObject({ state: 'promoted' });

    const recorded = await platform.call('recordMonitorWindows', {
      body: { windows: [driftWindow], findings: [drift] },
    });
    const first = await work({ parts: '[]' });
    expect(first).toMatchObject({ pipeline: 'retrain', codeDigest: applied.digest });
    const second = await work({ datasetVersion: 1, rows: 10 });
    expect(second.task.with).toMatchObject({ parts: '[]' });
    await register(['hour'], second.causeId);
    const release = await deploy(2, second.causeId);
    expect(release).toMatchObject({ state: 'running', step: 0 });
    expect(await platform.call('listLiveReleases', {})).toMatchObject({ releases: [{ id: release.id }] });
    const conclude = (step: number, conclusion: 'advance' | 'promote' | 'rollback') =>
      platform.call('concludeRelease', {
        params: { id: release.id },
        body: { step, conclusion, readings: [], reason: { en: 'It passed.', ko: '통과했습니다.' } },
      });
    await conclude(0, 'advance');
    await expect(conclude(0, 'rollback')).rejects.toMatchObject({ code: 'invalid_state' });
    expect(await conclude(1, 'promote')).toMatchObject({ state: 'promoted' });

    const wheel = await people.call('wheel', {});
    expect(wheel.turns[0]).toMatchObject({
      causeId: recorded.findingIds[0],
      cause: { ko: 'hour 드리프트' },
      result: 'promoted',
    });
    expect(wheel.turns[0]?.steps.map(({ station }) => station)).toEqual([
      'monitoring',
      'trigger',
      'data',
      'data',
      'release',
    ]);
    expect(wheel.waiting).toEqual([]);
    const endpoint = await people.call('getEndpoint', { params: { name: 'delay' } });
    expect(endpoint).toMatchObject({ incumbent: 'delay@2', release: { id: release.id } });
    const status = await people.call('getEndpointStatus', { params: { name: 'delay' } });
    expect(status).toMatchObject({ processes: [], unreachable: [{ url: 'http://127.0.0.1:1' }] });
  });

  test('the snapshot is streamed as it changes', async () => {
    await people.call('applyManifest', { body: exampleManifest() });
    await register(['hour']);
    const reading = new AbortController();
    const response = await platform.stream('streamSnapshot', {}, { signal: reading.signal });
    if (!response.body) throw new Error('There is no stream.');
    const lines = linesOf(response.body);
    const next = async (): Promise<SnapshotLine> => {
      const { value } = await lines.next();
      return Value.Parse(SnapshotLine, JSON.parse(String(value)));
    };
    expect(await next()).toMatchObject({ kind: 'definitions', definitions: { endpoints: [{ release: null }] } });
    expect(await next()).toMatchObject({ kind: 'heartbeat', epoch: 0 });
    const { id } = await deploy(1);
    expect(await next()).toMatchObject({ kind: 'definitions', definitions: { endpoints: [{ release: { id } }] } });
    expect(await next()).toMatchObject({ kind: 'dial', dial: { subject: id, value: { only: 1 } } });
    reading.abort();
    await expect(next()).rejects.toThrow(/abort/i);
  });
});

describe('people', () => {
  test('see what is wrong with a manifest, all at once', async () => {
    await expect(people.call('getManifest', {})).rejects.toMatchObject({ code: 'not_found' });
    const manifest = exampleManifest();
    Object.assign(manifest.triggers[0] ?? {}, { pipeline: 'none' });
    Object.assign(manifest.sources[0] ?? {}, { path: '/etc/passwd' });
    await expect(people.call('planManifest', { body: manifest })).rejects.toMatchObject({ code: 'invalid_manifest' });
  });

  test('say in the project which aliases of a model only an approved version takes', async () => {
    const manifest = exampleManifest();
    manifest.models = [{ name: 'delay', policies: [{ aliases: ['production'], approval: true }] }];
    expect(await people.call('planManifest', { body: manifest })).toMatchObject({
      changes: expect.arrayContaining([{ section: 'models', name: 'delay', action: 'create' }]),
    });
    await people.call('applyManifest', { body: manifest });
    await register(['hour', 'origin_rate']);
    const move = (alias: string) =>
      people.call('setAlias', { params: { model: 'delay', alias }, body: { version: 1 } });
    expect(await move('champion')).toMatchObject({ aliases: ['champion'] });
    await expect(move('Production')).rejects.toMatchObject({ code: 'approval_required' });
    const body = { verdict: 'approved', reason: 'It beats the champion.' } as const;
    await people.call('createApproval', { params: { model: 'delay', version: 1 }, body });
    expect(await move('Production')).toMatchObject({ aliases: ['Production', 'champion'] });
    await register(['hour', 'origin_rate']);
    await people.call('applyManifest', { body: exampleManifest() });
    const moved = people.call('setAlias', { params: { model: 'delay', alias: 'Production' }, body: { version: 2 } });
    expect(await moved).toMatchObject({ version: 2, aliases: ['Production'] });
  });

  test('cannot take features from a version that answers', async () => {
    await people.call('applyManifest', { body: exampleManifest() });
    await register(['hour', 'origin_rate']);
    await deploy(1);
    const manifest = exampleManifest();
    manifest.featureServices[0]?.features.pop();
    await expect(people.call('applyManifest', { body: manifest })).rejects.toMatchObject({
      code: 'invalid_manifest',
      message: expect.stringMatching(/delay@1 answers here and needs origin_rate/),
    });
  });

  test('start, follow, cancel and resume a run; report a finding; read the lists', async () => {
    await people.call('applyManifest', { body: exampleManifest() });
    const params = { name: 'retrain' };
    const run = await people.call('startPipeline', { params, body: { parameters: { seed: 9 } } });
    expect(run).toMatchObject({
      state: 'running',
      startedBy: expect.stringMatching(/^person:/),
      parameters: { seed: 9 },
    });
    const id = { params: { id: run.id } };
    expect(await people.call('cancelPipelineRun', id)).toMatchObject({ state: 'cancelled' });
    expect(await people.call('resumePipelineRun', id)).toMatchObject({ state: 'running' });
    expect(await people.call('getPipelineRun', id)).toMatchObject({ id: run.id });
    expect(await people.call('getPipelineLogs', { ...id, query: { after: 0 } })).toEqual({ items: [] });
    expect(await people.call('listPipelines', {})).toMatchObject({ items: [{ last: { id: run.id } }] });
    const finding = await people.call('createFinding', { body: { ...drift, window: null, severity: 'info' } });
    expect(await people.call('listFindings', { query: { severity: 'info' } })).toMatchObject({ items: [finding] });
    await expect(people.call('listFindings', { query: { severity: 'bad' } })).rejects.toMatchObject({
      code: 'invalid_argument',
    });
    expect(await people.call('listFeatureViews', {})).toMatchObject({ items: [{ usedBy: ['features'] }] });
    expect(await people.call('listFeatureServices', {})).toMatchObject({ items: [{ usedBy: ['delay'] }] });
    expect(await people.call('listTriggers', {})).toMatchObject({ items: { length: 2 } });
    expect(await people.call('listMonitors', {})).toMatchObject({ items: { length: 2 } });
    expect(await people.call('listEndpoints', {})).toMatchObject({ items: [{ incumbent: null }] });
    expect(await platform.call('fireTrigger', { params: { name: 'nightly' }, body: { dueMs: 1 } })).toEqual({
      runId: null,
    });
    expect(await platform.call('advanceWatermark', { body: { endpoint: 'delay', eventTimeMs: 1 } })).toEqual({
      fired: [],
    });
    expect(await platform.call('currentManifest', {})).toMatchObject({ applied: { version: 1 } });
    expect(await people.call('revertManifest', { body: { version: 1 } })).toMatchObject({ version: 1 });
    expect(await people.call('listManifests', {})).toMatchObject({ items: [{ version: 1 }] });
    await expect(people.call('leaseTasks', { body: { worker: 'w', slots: 1 } })).rejects.toMatchObject({
      code: 'permission_denied',
    });
  });
});
