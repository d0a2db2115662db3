import { apiRoutes, errorTable, type ErrorCode, type Route, type RouteName } from '@mulle/contract';
import { routeUrl } from '@mulle/client';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { writeHistory } from './readings.ts';
import { Sandbox, type Platform } from './sandbox.ts';

// Every route of the control API against everything that a caller may get wrong. What is true of all routes is asked
// of each: the answer is an error of the table with its status and a sentence, and never one of Mulle's own.

vi.setConfig({ testTimeout: 60_000, hookTimeout: 100_000 });

const projectFile = fileURLToPath(new URL('./project/mulle.config.ts', import.meta.url));
const internalToken = 'known-to-this-test-only';
const bodyLimit = 65_536;
const sandbox = new Sandbox();
let platform: Platform;

beforeAll(async () => {
  writeHistory(sandbox.project);
  platform = await sandbox.up(undefined, {
    env: {
      MULLE_INTERNAL_TOKEN: internalToken,
      MULLE_LIMITS_CONTROL_BODY_BYTES: String(bodyLimit),
      MULLE_LIMITS_BLOB_BYTES: String(bodyLimit),
    },
  });
  expect(await platform.mulle('apply', '-f', projectFile)).toMatchObject({ code: 0 });
});
afterAll(() => sandbox.remove());

function isRouteName(name: string): name is RouteName {
  return Object.hasOwn(apiRoutes, name);
}
const table: (Route & { name: string })[] = Object.keys(apiRoutes)
  .filter(isRouteName)
  .map((name) => ({ name, ...apiRoutes[name] }));

interface Answer {
  status: number;
  code: ErrorCode | null;
  message: string;
}

async function answer(response: Response): Promise<Answer> {
  if (response.ok) {
    // Streams have no end of their own.
    await response.body?.cancel();
    return { status: response.status, code: null, message: '' };
  }
  const { error } = (await response.json()) as { error: { code: ErrorCode; message: string } };
  return { status: response.status, ...error };
}

interface Sent {
  body?: string;
  headers?: Record<string, string>;
}

function send(route: Route, url: string, { body, headers }: Sent = {}): Promise<Answer> {
  const authorization = route.access === 'internal' ? { authorization: `Bearer ${internalToken}` } : {};
  const json = body === undefined ? {} : { 'content-type': 'application/json' };
  const init = { method: route.method, headers: { ...authorization, ...json, ...headers } };
  return fetch(url, body === undefined ? init : { ...init, body }).then(answer);
}

/** An error as the contract has it: a code of the table, its status, a sentence; and not one of Mulle's own. */
function isRefusal(given: Answer, what: string): void {
  expect(given.code, `${what}: ${JSON.stringify(given)}`).not.toBeNull();
  const code = given.code ?? 'internal';
  expect(errorTable, what).toHaveProperty(code);
  expect(given.status, `${what}: ${JSON.stringify(given)}`).toBe(errorTable[code].httpStatus);
  expect(given.status, `${what}: ${JSON.stringify(given)}`).toBeLessThan(500);
  expect(given.message, what).toMatch(/\S.*\S/);
}

/** Path parameters of things that are there as far as they can be without a model. */
const present: Record<string, string | number> = {
  name: 'stops',
  model: 'stops',
  version: 1,
  alias: 'champion',
  digest: '0'.repeat(64),
  id: 'none',
  key: 'loss',
  fromMs: 0,
  leaseId: 'none',
  trace: 'tr-none',
  span: 'none',
  assessment: 'none',
  prompt: 'none',
};

function pathOf(route: Route, replaced: Record<string, string> = {}): string {
  return routeUrl(platform.controlUrl, route, { params: { ...present, ...replaced } });
}

const wrongBodies = [
  'null',
  '42',
  '"text"',
  'true',
  '[]',
  '[[]]',
  '{"surprise": 1}',
  '{"__proto__": {"a": 1}}',
  `${'['.repeat(20_000)}`,
];
const hostile: unknown[] = [
  null,
  true,
  -1,
  1.5,
  1e300,
  '',
  'nobody',
  '../../etc/passwd',
  '\u0000',
  '\uD800',
  '한국어'.repeat(1_000),
  [],
  [null],
  {},
  { toString: 1 },
];

describe.each(table.filter(({ body }) => body !== undefined))('$method $path', (route) => {
  test('a body that is no JSON, of another type, absent or too large', async () => {
    const url = pathOf(route);
    for (const body of ['{', '{"a":}', "{'a': 1}", '\u0000', 'NaN', '{"a": 1} {"b": 2}']) {
      expect(await send(route, url, { body }), body).toMatchObject({ code: 'invalid_json' });
    }
    isRefusal(await send(route, url, { body: '' }), 'no body');
    for (const body of wrongBodies) isRefusal(await send(route, url, { body }), body.slice(0, 40));
    expect(await send(route, url, { body: '{}', headers: { 'content-type': 'text/plain' } })).toMatchObject({
      code: 'unsupported_media_type',
    });
    expect(await send(route, url, { body: `"${'x'.repeat(bodyLimit)}"` })).toMatchObject({ code: 'body_too_large' });
  });

  test('each field with values of every kind; a field that does not exist', async () => {
    const url = pathOf(route);
    const { properties = {} } = route.body as { properties?: Record<string, unknown> };
    const whole = bodies[route.name] ?? {};
    expect(Object.keys(whole).filter((field) => !(field in properties))).toEqual([]);
    isRefusal(await send(route, url, { body: JSON.stringify({ ...whole, surprise: 1 }) }), 'surprise');
    for (const field of Object.keys(properties)) {
      for (const value of hostile) {
        const given = await send(route, url, { body: JSON.stringify({ ...whole, [field]: value }) });
        expect(given.status, `${field} = ${JSON.stringify(value)?.slice(0, 40)}: ${given.message}`).toBeLessThan(500);
        if (given.code !== null) isRefusal(given, field);
      }
      // JSON has no infinity, but a reader makes one of this.
      const { [field]: _, ...rest } = whole;
      const text = JSON.stringify(rest);
      const infinite = `${text.slice(0, -1)}${text === '{}' ? '' : ','}${JSON.stringify(field)}:1e999}`;
      const given = await send(route, url, { body: infinite });
      expect(given.status, `${field} = 1e999: ${given.message}`).toBeLessThan(500);
    }
  });
});

describe.each(table.filter(({ params }) => params !== undefined))('$method $path', (route) => {
  test.each(Object.keys(route.params?.properties ?? {}))(
    'names that are nobody’s, or no names: %s',
    async (parameter) => {
      const body = route.body === undefined ? {} : { body: JSON.stringify(bodies[route.name] ?? {}) };
      const names = [
        'nobody',
        '..',
        '../../../../etc/passwd',
        '..%2F..',
        '\u0000',
        '%',
        "'; DROP TABLE runs; --",
        '한국',
        'x'.repeat(5_000),
        '1e999',
        '-1',
        '99999999999999999999',
      ];
      for (const name of names)
        isRefusalOrSafe(await send(route, pathOf(route, { [parameter]: name }), body), route, name);
      // As bytes that a client library would have escaped.
      const raw = pathOf(route, { [parameter]: 'HERE' });
      for (const name of ['%2e%2e%2f%2e%2e%2fetc%2fpasswd', '%00', '%ff', '%zz']) {
        isRefusalOrSafe(await send(route, raw.replace('HERE', name), body), route, name);
      }
    },
  );
});

/** Free text such as a metric's key may name nothing and still be asked for; then the answer is empty, not an error. */
function isRefusalOrSafe(given: Answer, route: Route, what: string): void {
  const label = `${route.method} ${route.path} ${what.slice(0, 40)}`;
  if (given.code === null) expect(given.status, label).toBe(200);
  else isRefusal(given, label);
}

describe.each(table)('$method $path', (route) => {
  test('who may call', async () => {
    const init = route.body === undefined ? {} : { body: JSON.stringify(bodies[route.name] ?? {}) };
    const url = pathOf(route);
    if (route.access === 'public') return;
    for (const authorization of [
      'Bearer mk_wrong',
      'Bearer',
      'Basic YTpi',
      'Bearer 한',
      `Bearer ${'x'.repeat(4_000)}`,
    ].map((text) => Buffer.from(text, 'utf8').toString('latin1'))) {
      expect(await send(route, url, { ...init, headers: { authorization } }), authorization).toMatchObject({
        code: 'unauthenticated',
      });
    }
    const local = await fetch(url, {
      method: route.method,
      ...init,
      headers: { 'content-type': 'application/json' },
    }).then(answer);
    if (route.access === 'internal') expect(local).toMatchObject({ code: 'permission_denied' });
    const foreign = await send(route, url, { ...init, headers: { origin: 'https://elsewhere.example' } });
    if (route.method !== 'GET') expect(foreign.code).not.toBeNull();
  });

  test('a query that is not its own', async () => {
    const init = route.body === undefined ? {} : { body: JSON.stringify(bodies[route.name] ?? {}) };
    const url = pathOf(route);
    isRefusal(await send(route, `${url}?surprise=1`, init), 'surprise');
    for (const field of Object.keys(route.query?.properties ?? {})) {
      for (const value of [
        '',
        '0',
        '-1',
        '1.5',
        'nobody',
        '%00',
        '%ff',
        '1e999',
        '99999999999999999999',
        'x'.repeat(3_000),
        '%ED%95%9C',
        'a&limit=1&limit=2',
      ]) {
        isRefusalOrSafe(await send(route, `${url}?${field}=${value}`, init), route, `${field}=${value}`);
      }
    }
  });
});

test('a path or method that is nobody’s', async () => {
  const ask = (method: string, path: string) => fetch(`${platform.controlUrl}${path}`, { method }).then(answer);
  expect(await ask('GET', '/api/endpoint')).toMatchObject({
    code: 'route_not_found',
    message: expect.stringMatching(/endpoints/),
  });
  expect(await ask('DELETE', '/api/endpoints')).toMatchObject({ code: 'method_not_allowed' });
  expect(await ask('GET', '/api/%zz')).toMatchObject({ code: 'invalid_argument' });
  expect(await ask('GET', '/assets/..%2f..%2f..%2f..%2fetc%2fpasswd')).not.toMatchObject({ status: 500 });
});

test('a blob larger than the limit leaves nothing; one that is not there is not found', async () => {
  const put = (body: string) => fetch(`${platform.controlUrl}/api/blobs`, { method: 'PUT', body }).then(answer);
  expect(await put('x'.repeat(bodyLimit + 1))).toMatchObject({ code: 'body_too_large' });
  expect(await put('small')).toMatchObject({ status: 200 });
});

test('it is whole after all of this', async () => {
  expect(await platform.control.call('health', {})).toMatchObject({ status: 'ok' });
  expect(await platform.control.call('verifyAudit', {})).toMatchObject({ ok: true });
  expect(platform.program.said.stderr).not.toMatch(/restarting|\n(control: )?\s+at /);
  expect(await platform.stop()).toBe(0);
});

const lineage = {
  runId: null,
  datasetVersion: null,
  featureService: null,
  codeDigest: null,
  parameters: {},
  seed: null,
  environment: {},
};
const window = { fromMs: 0, toMs: 86_400_000 };
const finding = {
  kind: 'covariate-drift',
  severity: 'info',
  monitor: 'inputs',
  endpoint: 'stops',
  dataset: null,
  subject: 'load',
  statistics: {},
  window: null,
  message: { en: 'It moved.', ko: '움직였어요.' },
  recommendation: { en: 'Look.', ko: '보세요.' },
  causeId: null,
};

/** A whole body for each route that has one, so that one wrong field is the only thing that is wrong. */
const bodies: Record<string, Record<string, unknown>> = {
  createKey: { name: 'never', role: 'nobody' },
  revertManifest: { version: 1 },
  createDatasetVersion: {
    parts: [{ ...window, digest: '0'.repeat(64), bytes: 1, rows: 1, source: 'history' }],
    parent: null,
  },
  quarantineWindow: { ...window, reason: 'to see' },
  createRun: { experiment: 'bad-input' },
  logRun: { metrics: [{ key: 'loss', value: 1, step: 0, timeMs: 0 }] },
  endRun: { status: 'finished' },
  createModelVersion: { artifactDigest: '0'.repeat(64), features: ['load'], metrics: {}, lineage },
  setAlias: { version: 1 },
  createApproval: { verdict: 'approved', reason: 'to see' },
  setTraceTag: { value: 'to see' },
  createAssessment: { name: 'ok', kind: 'feedback', value: 1 },
  updateAssessment: { rationale: 'to see' },
  deploy: { model: 'stops', version: 1 },
  rollbackEndpoint: { reason: 'to see' },
  promoteRelease: { reason: 'to see' },
  rollbackRelease: { reason: 'to see' },
  pauseRelease: { reason: 'to see' },
  resumeRelease: { reason: 'to see' },
  createFinding: finding,
  startPipeline: {},
  leaseTasks: { worker: 'w', slots: 0 },
  heartbeatTask: {},
  completeTask: { outputs: {} },
  concludeRelease: { step: 0, conclusion: 'continue', readings: [], reason: finding.message },
  recordMonitorWindows: { windows: [], findings: [] },
  advanceWatermark: { endpoint: 'nobody', eventTimeMs: 0 },
  fireTrigger: { dueMs: 0 },
};
