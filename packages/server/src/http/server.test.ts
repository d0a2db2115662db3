import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Actor } from '#domains/access/index.ts';
import { MulleError } from '#kernel/errors.ts';
import { createControlServer, type Handlers } from './index.ts';

let folder = '';
let url = '';
let stop: () => Promise<unknown> = () => Promise.resolve();
const internalErrors: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mulle-console-'));
  internalErrors.length = 0;
});
afterEach(async () => {
  await stop();
  rmSync(folder, { recursive: true });
});

async function start(handlers: Partial<Handlers>, role: Actor['role'] = 'owner'): Promise<void> {
  const server = createControlServer({
    handlers,
    authenticate: async (authorization) => {
      if (authorization === 'Bearer wrong') throw new MulleError('unauthenticated', 'no such key');
      return { name: 'tester', role };
    },
    onLoopback: true,
    version: '1.2.3',
    consoleFolder: folder,
    bodyLimitBytes: 1_000,
    verifyResponses: true,
    onInternalError: (error) => internalErrors.push(error.message),
  });
  url = await server.listen({ host: '127.0.0.1', port: 0 });
  stop = () => server.close();
}

const run = {
  id: 'run_1',
  experiment: 'e',
  experimentId: '1',
  name: '',
  status: 'running',
  stage: 'active',
  user: 'minji',
  parentId: null,
  stoppedBy: null,
  parameters: {},
  metrics: {},
  tags: {},
  causeId: null,
  startedAtMs: 1,
  endedAtMs: null,
} as const;

async function call(
  path: string,
  init: RequestInit = {},
): Promise<{ status: number; body: unknown; headers: Headers }> {
  const response = await fetch(url + path, init);
  return { status: response.status, body: await response.json(), headers: response.headers };
}

function post(path: string, body: string, type = 'application/json') {
  return call(path, { method: 'POST', body, headers: { 'content-type': type } });
}

test('a call that fits reaches its handler, typed and with its actor', async () => {
  const seen: unknown[] = [];
  await start({
    createRun: async ({ body, actor }) => {
      seen.push(body.experiment, actor.name);
      return run;
    },
    listActivity: async ({ query }) => {
      seen.push(query.after);
      return { items: [] };
    },
  });
  expect(await post('/api/runs', '{"experiment":"e"}')).toMatchObject({ status: 200, body: run });
  await call('/api/activity?after=7');
  expect(seen).toEqual(['e', 'tester', 7]);
});

test.each([
  ['/api/runs', '{"experiment":', 400, 'invalid_json', 'JSON'],
  ['/api/runs', '', 400, 'invalid_argument', 'needs a body'],
  ['/api/runs', '[]', 400, 'invalid_argument', 'object'],
  ['/api/runs', '{}', 400, 'invalid_argument', 'experiment: missing'],
  ['/api/runs', '{"experiment":"e","tags":{"a":1}}', 400, 'invalid_argument', 'tags.a: must be string'],
  ['/api/runs', '{"experiment":"e","nmae":"x"}', 400, 'unknown_field', 'nmae'],
  ['/api/runs/x/end', '{"status":"done"}', 400, 'invalid_argument', '"finished", "failed", "killed"'],
  ['/api/datasets/d/versions', '{"parts":[{"fromMs":1}],"parent":null}', 400, 'invalid_argument', 'parts[0].toMs'],
])('%s with %s is answered %i %s', async (path, body, status, code, text) => {
  await start({
    createRun: () => Promise.reject(new Error('not reached')),
    endRun: () => Promise.reject(new Error('not reached')),
    createDatasetVersion: () => Promise.reject(new Error('not reached')),
  });
  const answer = await post(path, body);
  expect(answer).toMatchObject({ status, body: { error: { code } } });
  expect(JSON.stringify(answer.body)).toContain(JSON.stringify(text).slice(1, -1));
});

test.each([
  [{ kind: 'fiel', name: 'a' }, 'sources[0].kind: must be one of "file", "outcomes"'],
  [{ kind: 'file', name: 'a', path: 1, format: 'csv' }, 'sources[0].path: must be string'],
])('within a union the fitting form is the one that is told about: %j', async (source, sentence) => {
  await start({ planManifest: () => Promise.reject(new Error('not reached')) });
  const manifest = {
    schemaVersion: 1,
    project: 'p',
    sources: [source],
    datasets: [],
    featureViews: [],
    featureServices: [],
    endpoints: [],
    pipelines: [],
    triggers: [],
    monitors: [],
  };
  const answer = await post('/api/manifest/plan', JSON.stringify(manifest));
  expect(answer.body).toMatchObject({
    error: { code: 'invalid_argument', message: `The body is not valid. ${sentence}.` },
  });
});

test('wrong media type, query, path and method are named', async () => {
  await start({ createRun: async () => run, listRuns: async () => ({ items: [] }), getRun: async () => run });
  expect(await post('/api/runs', 'experiment=e', 'text/plain')).toMatchObject({
    status: 415,
    body: { error: { code: 'unsupported_media_type' } },
  });
  expect(await call('/api/runs?limit=many')).toMatchObject({
    body: { error: { code: 'invalid_argument', details: { fields: ['limit'] } } },
  });
  expect(await call('/api/runs?experimnet=x')).toMatchObject({ body: { error: { code: 'unknown_field' } } });
  expect(await call('/api/run')).toMatchObject({
    status: 404,
    body: { error: { code: 'route_not_found', message: 'There is no GET /api/run. Did you mean /api/runs?' } },
  });
  const wrongMethod = await call('/api/runs', { method: 'DELETE' });
  expect(wrongMethod).toMatchObject({ status: 405, body: { error: { code: 'method_not_allowed' } } });
  expect(wrongMethod.headers.get('allow')).toBe('POST, GET');
  for (const name of ['%E0%A4%A', 'x'.repeat(5_000)]) {
    expect(await call(`/api/runs/${name}`)).toMatchObject({
      status: 400,
      body: { error: { code: 'invalid_argument' } },
    });
  }
});

test('a body beyond the limit is refused', async () => {
  await start({ createRun: async () => run });
  const body = JSON.stringify({ experiment: 'e'.repeat(2_000) });
  expect(await post('/api/runs', body)).toMatchObject({ status: 413, body: { error: { code: 'body_too_large' } } });
});

test('roles and keys are checked before anything else', async () => {
  await start({ createRun: async () => run, listLiveReleases: async () => ({ releases: [] }) }, 'viewer');
  expect(await post('/api/runs', 'not even json')).toMatchObject({
    status: 403,
    body: { error: { code: 'permission_denied' } },
  });
  expect(await call('/internal/releases/live')).toMatchObject({ status: 403 });
  const unknown = await call('/api/runs', {
    method: 'POST',
    body: '{}',
    headers: { authorization: 'Bearer wrong', 'content-type': 'application/json' },
  });
  expect(unknown).toMatchObject({ status: 401 });
  expect(unknown.headers.get('www-authenticate')).toBe('Bearer');
});

test('other pages are kept out: rebound names and other origins', async () => {
  await start({ health: async () => ({ status: 'ok', version: '1' }) });
  const port = new URL(url).port;
  const { request } = await import('node:http');
  const rebound = await new Promise<number | undefined>((resolve) => {
    request(`${url}/api/health`, { headers: { host: `evil.example:${port}` } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).end();
  });
  expect(rebound).toBe(403);
  expect(await call('/api/health', { headers: { origin: 'https://evil.example' } })).toMatchObject({ status: 403 });
  const own = await call('/api/health', { headers: { origin: url } });
  expect(own).toMatchObject({ status: 200 });
  expect(own.headers.get('access-control-allow-origin')).toBeNull();
  expect(own.headers.get('x-frame-options')).toBe('DENY');
});

test('Mulle’s own failures are logged and told by request id only', async () => {
  await start({ health: () => Promise.reject(new Error('secret detail')) });
  const answer = await call('/api/health', { headers: { 'x-request-id': 'abc' } });
  expect(answer).toMatchObject({ status: 500, body: { error: { code: 'internal' } } });
  expect(JSON.stringify(answer.body)).toContain('abc');
  expect(JSON.stringify(answer.body)).not.toContain('secret');
  expect(internalErrors).toEqual(['secret detail']);
});

test('bytes come and go as streams', async () => {
  const digest = 'a'.repeat(64);
  let stored = '';
  await start({
    putBlob: async ({ body }) => {
      for await (const chunk of body) stored += Buffer.from(chunk).toString();
      return { digest, bytes: stored.length };
    },
    getBlob: async () => ({
      bytes: 3,
      stream: (async function* () {
        yield Buffer.from('a');
        yield Buffer.from('bc');
      })(),
    }),
  });
  const large = 'x'.repeat(50_000);
  const put = await call('/api/blobs', { method: 'PUT', body: large });
  expect(put.body).toEqual({ digest, bytes: 50_000 });
  expect(stored).toBe(large);
  const got = await fetch(`${url}/api/blobs/${digest}`);
  expect([await got.text(), got.headers.get('content-length')]).toEqual(['abc', '3']);
});

test('events and lines are streamed; the handler is told when the caller leaves', async () => {
  const left = Promise.withResolvers<void>();
  await start({
    streamActivity: async ({ signal }) =>
      (async function* () {
        yield { event: 'activity', id: '7', data: { a: 1 } };
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
        left.resolve();
      })(),
    exportEvents: async () =>
      (async function* () {
        yield { n: 1 };
        yield { n: 2 };
      })(),
  });
  const leave = new AbortController();
  const response = await fetch(`${url}/api/activity/stream`, { signal: leave.signal });
  let received = '';
  for await (const chunk of response.body ?? []) {
    received += Buffer.from(chunk).toString();
    if (received.includes('data:')) break;
  }
  expect(received).toBe(':\n\nevent: activity\nid: 7\ndata: {"a":1}\n\n');
  leave.abort();
  await left.promise;
  expect(await (await fetch(`${url}/api/events`)).text()).toBe('{"n":1}\n{"n":2}\n');
});

test('closing ends streams at once and lets calls in flight be answered', async () => {
  const entered = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  await start({
    streamActivity: async ({ signal }) =>
      (async function* () {
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
        yield* [];
      })(),
    health: async () => {
      entered.resolve();
      await goOn.promise;
      return { status: 'ok', version: '1' };
    },
  });
  const stream = await fetch(`${url}/api/activity/stream`);
  const inFlight = call('/api/health');
  await entered.promise;
  const closed = stop();
  expect(await stream.text()).toBe(':\n\n');
  goOn.resolve();
  expect(await inFlight).toMatchObject({ status: 200 });
  await closed;
});

test('what is not HTTP is refused in the form of every error', async () => {
  await start({});
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.end('GARBAGE\r\n\r\n');
  const answer = await text(socket);
  expect(answer).toMatch(/^HTTP\/1.1 400 /);
  expect(answer).toContain('{"error":{"code":"invalid_argument"');
});

test('the document and the page of reference are served', async () => {
  await start({});
  expect(await call('/openapi.json')).toMatchObject({ body: { openapi: '3.1.0', info: { version: '1.2.3' } } });
  expect(await (await fetch(`${url}/docs`)).text()).toContain('/api/models/{model}/versions');
});

test('the console: its files, its one page for its own paths, errors elsewhere', async () => {
  writeFileSync(join(folder, 'index.html'), '<title>console</title>');
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'assets', 'a.js'), '1');
  await start({});
  const html = { headers: { accept: 'text/html' } };
  for (const path of ['/', '/models/flight-delay']) {
    expect(await (await fetch(url + path, html)).text()).toBe('<title>console</title>');
  }
  expect((await fetch(`${url}/assets/a.js`)).headers.get('cache-control')).toContain('immutable');
  expect((await fetch(`${url}/assets/b.js`, html)).status).toBe(404);
  expect((await fetch(`${url}/api/nothing`, html)).status).toBe(404);
  expect((await fetch(`${url}/models`)).status).toBe(404);
  expect((await fetch(`${url}/..%2f..%2fetc/passwd`, html)).status).not.toBe(500);
  expect((await fetch(`${url}/assets/${'x'.repeat(300)}`, html)).status).toBe(404);
});

test('without a build a page says how to', async () => {
  await start({});
  const answer = await fetch(url, { headers: { accept: 'text/html' } });
  expect([answer.status, (await answer.text()).includes('npm run build')]).toEqual([200, true]);
});
