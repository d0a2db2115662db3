import { gzipSync } from 'node:zlib';
import fastify from 'fastify';
import { expect, test } from 'vitest';
import { accessMigrations, AuditLog, type AccessTables, type Actor } from '#domains/access/index.ts';
import { TracesService, tracesMigrations, type TracesTables } from '#domains/traces/index.ts';
import { MulleError } from '#kernel/errors.ts';
import { describeOnEveryDatabase } from '#platform/database/contract-suite.ts';
import recorded from '../otlp/fixtures/export-request.json' with { type: 'json' };
import { otlpProtocol } from '../otlp/otlp-protocol.ts';
import { mlflowProtocol } from './mlflow-protocol.ts';
import { traceCalls } from './trace-calls.ts';

const protobuf = Buffer.from(recorded.protobuf, 'base64');
const id = 'tr-0123456789abcdef0123456789abcdef';
const actors: Readonly<Record<string, Actor>> = {
  member: { name: 'minji', role: 'maintainer' },
  viewer: { name: 'jun', role: 'viewer' },
};

describeOnEveryDatabase('traces over MLflow’s protocol and OTLP', (open) => {
  async function start() {
    const database = await open<TracesTables & AccessTables>([...accessMigrations, ...tracesMigrations]);
    const traces = new TracesService({ database, audit: new AuditLog(database), checkExperiment: async () => {} });
    const failures: unknown[] = [];
    const shared = {
      onInternalError: (thrown: unknown) => failures.push(thrown),
      async authenticate(authorization: string | undefined) {
        const actor = actors[authorization ?? 'member'];
        if (actor) return actor;
        throw new MulleError('unauthenticated', 'Send a key.');
      },
    };
    const server = fastify();
    const mounts = [
      mlflowProtocol({ ...shared, calls: traceCalls(traces) }),
      otlpProtocol({ ...shared, traces, maximumBytes: 100_000 }),
    ];
    for (const mount of mounts) {
      void server.register((scope, _options, done) => {
        mount(scope);
        done();
      });
    }
    const send = async (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object, key?: string) => {
      const headers = { 'content-type': 'application/json', ...(key === undefined ? {} : { authorization: key }) };
      const given = body === undefined ? {} : { body: JSON.stringify(body) };
      const answer = await server.inject({ method, url: `/api/3.0/mlflow/${path}`, headers, ...given });
      return { status: answer.statusCode, body: answer.json(), headers: answer.headers };
    };
    const post = (payload: Buffer, headers: Record<string, string>) =>
      server.inject({ method: 'POST', url: '/v1/traces', payload, headers });
    return { send, post, failures };
  }
  const otlp = { 'content-type': 'application/x-protobuf', 'x-mlflow-experiment-id': '7' };

  test('spans by protobuf, gzip and JSON are one trace, given back as they were sent', async () => {
    const { send, post, failures } = await start();
    expect((await post(protobuf, otlp)).statusCode).toBe(200);
    expect((await post(gzipSync(protobuf), { ...otlp, 'content-encoding': 'gzip' })).statusCode).toBe(200);
    const json = Buffer.from(JSON.stringify(recorded.json));
    expect((await post(json, { ...otlp, 'content-type': 'application/json' })).body).toBe('{}');
    const { body } = await send('GET', `traces/get?trace_id=${id}&allow_partial=False`);
    expect(body.trace.trace_info).toMatchObject({
      trace_id: id,
      trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '7' } },
      state: 'ERROR',
      request_time: '2026-01-01T00:00:00.123Z',
      execution_duration: '1s',
      tags: { 'service.name': '물레-bot', 'mlflow.trace.spansLocation': 'TRACKING_STORE' },
    });
    const [root, child] = body.trace.spans;
    const sent = recorded.json.resourceSpans[0]?.scopeSpans[0]?.spans[0];
    expect(root).toMatchObject({
      trace_id: Buffer.from('0123456789abcdef0123456789abcdef', 'hex').toString('base64'),
      name: sent?.name,
      start_time_unix_nano: sent?.startTimeUnixNano,
      end_time_unix_nano: sent?.endTimeUnixNano,
      status: { code: 'STATUS_CODE_ERROR', message: 'boom' },
    });
    expect(root.attributes).toContainEqual({ key: 's', value: { string_value: '텍스트' } });
    expect(child.parent_span_id).toBe(root.span_id);
    expect(child).not.toHaveProperty('end_time_unix_nano');
    expect((await send('GET', 'traces/batchGet?trace_ids=x&trace_ids=' + id)).body.traces).toHaveLength(1);
    expect(failures).toEqual([]);
  });

  test('what is wrong with an export is told, and nothing of it stored', async () => {
    const { send, post, failures } = await start();
    const { 'x-mlflow-experiment-id': _, ...homeless } = otlp;
    const refused = [
      await post(protobuf, homeless),
      await post(protobuf, { ...otlp, 'content-type': 'text/plain' }),
      await post(Buffer.from('nonsense'), otlp),
      await post(Buffer.alloc(0), otlp),
      await post(gzipSync(Buffer.alloc(1_000_000)), { ...otlp, 'content-encoding': 'gzip' }),
      await post(Buffer.alloc(200_000), otlp),
      await post(protobuf, { ...otlp, authorization: 'nobody' }),
      await post(protobuf, { ...otlp, authorization: 'viewer' }),
    ];
    expect(refused.map((answer) => answer.statusCode)).toEqual([422, 400, 400, 400, 413, 413, 401, 403]);
    const search = { locations: [{ mlflow_experiment: { experiment_id: '7' } }] };
    expect((await send('POST', 'traces/search', search)).body).toEqual({ traces: [] });
    expect(failures).toEqual([]);
  });

  test('errors have MLflow’s codes and messages', async () => {
    const { send } = await start();
    const locations = [{ mlflow_experiment: { experiment_id: '7' } }];
    const cases = [
      ['GET', 'traces/tr-none', undefined, 404, 'RESOURCE_DOES_NOT_EXIST', "Trace with ID 'tr-none' not found."],
      ['POST', 'traces', {}, 400, 'INVALID_PARAMETER_VALUE', "Missing value for required parameter 'trace'."],
      [
        'POST',
        'traces/search',
        {},
        400,
        'INVALID_PARAMETER_VALUE',
        "Missing value for required parameter 'locations'.",
      ],
      ['POST', 'traces/search', { locations, filter: "a 'b" }, 400, 'INVALID_PARAMETER_VALUE', 'Could not be parsed'],
      [
        'POST',
        'traces/search',
        { locations, filter: "status = 'OK'; 1=1" },
        400,
        'INVALID_PARAMETER_VALUE',
        'Invalid clause(s)',
      ],
      [
        'POST',
        'traces/search',
        { locations, filter: "nope = 'x'" },
        400,
        'INVALID_PARAMETER_VALUE',
        "Invalid attribute key 'nope'",
      ],
      [
        'POST',
        'traces/search',
        { locations, filter: "tags.a RLIKE '(a+)+$'" },
        400,
        'INVALID_PARAMETER_VALUE',
        'repeats inside',
      ],
      ['POST', 'traces/search', { locations, filter: "tags.a RLIKE '('" }, 400, 'INVALID_PARAMETER_VALUE', 'regular'],
      ['POST', 'traces/search', { locations, page_token: '!!' }, 400, 'INVALID_PARAMETER_VALUE', 'Invalid page token'],
      ['POST', 'traces/search', { locations, max_results: 501 }, 400, 'INVALID_PARAMETER_VALUE', "'max_results'"],
      ['POST', 'traces/link-to-run', { trace_ids: [3] }, 400, 'INVALID_PARAMETER_VALUE', "parameter 'trace_ids'"],
    ] as const;
    for (const [method, path, body, status, code, message] of cases) {
      const answer = await send(method, path, body);
      expect([path, answer.status, answer.body.error_code]).toEqual([path, status, code]);
      expect(answer.body.message).toContain(message);
    }
    const anonymous = await send('GET', 'traces/tr-1', undefined, 'nobody');
    expect([anonymous.status, anonymous.headers['www-authenticate']]).toEqual([401, 'Basic realm="mlflow"']);
    expect((await send('POST', 'traces', { trace: {} }, 'viewer')).body.error_code).toBe('PERMISSION_DENIED');
  });

  test('a trace told whole, its tags, assessments by mask, pages, deletion', async () => {
    const { send } = await start();
    const told = (name: string, at: string) => ({
      trace: {
        trace_info: {
          trace_id: name,
          trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '7' } },
          request_time: at,
          execution_duration: '0.045s',
          state: 'OK',
          trace_metadata: { 'mlflow.trace.user': 'jun' },
          tags: { 'mlflow.traceName': 'n' },
          assessments: [{ assessment_name: 'ok', source: { source_type: 'CODE' }, feedback: { value: [1] } }],
        },
      },
    });
    for (const [index, at] of ['2026-01-01T00:00:01Z', '2026-01-01T00:00:02.5Z', '2026-01-01T00:00:03Z'].entries()) {
      expect((await send('POST', 'traces', told(`tr-${index}`, at))).body.trace.trace_info).toMatchObject({
        request_time: at.replace('02.5Z', '02.500Z'),
        execution_duration: '0.045s',
      });
    }
    const search = {
      locations: [{ mlflow_experiment: { experiment_id: '7' } }],
      max_results: 2,
      order_by: ['timestamp_ms ASC'],
    };
    const first = (await send('POST', 'traces/search', search)).body;
    const second = (await send('POST', 'traces/search', { ...search, page_token: first.next_page_token })).body;
    const ids = [...first.traces, ...second.traces].map((trace: { trace_id: string }) => trace.trace_id);
    expect(ids).toEqual(['tr-0', 'tr-1', 'tr-2']);
    expect(second).not.toHaveProperty('next_page_token');

    const given = {
      assessment_name: 'want',
      source: { source_type: 'HUMAN', source_id: 'me' },
      expectation: { serialized_value: { value: '{"x":1}' } },
    };
    const made = (await send('POST', 'traces/tr-0/assessments', { assessment: given })).body.assessment;
    expect(made.expectation.serialized_value).toEqual({ serialization_format: 'JSON_FORMAT', value: '{"x":1}' });
    const path = `traces/tr-0/assessments/${made.assessment_id}`;
    const change = { assessment: { expectation: { value: 2 }, rationale: 'not masked' }, update_mask: 'expectation' };
    expect((await send('PATCH', path, change)).body.assessment).toMatchObject({ expectation: { value: 2 } });
    expect((await send('GET', path)).body.assessment).not.toHaveProperty('rationale');
    const wrong = { assessment: { feedback: { value: 2 } }, update_mask: 'feedback' };
    expect((await send('PATCH', path, wrong)).body.error_code).toBe('INVALID_PARAMETER_VALUE');
    expect((await send('DELETE', path, {})).status).toBe(200);
    expect((await send('GET', path)).body.error_code).toBe('RESOURCE_DOES_NOT_EXIST');

    expect((await send('PATCH', 'traces/tr-0/tags', { key: 'k', value: '값' })).body).toEqual({});
    expect((await send('GET', 'traces/tr-0')).body.trace.trace_info.tags).toMatchObject({ k: '값' });
    expect((await send('DELETE', 'traces/tr-0/tags', { key: 'k' })).status).toBe(200);
    const old = { experiment_id: '7', max_timestamp_millis: Date.parse('2026-01-01T00:00:03Z'), max_traces: 2 };
    expect((await send('POST', 'traces/delete-traces', old)).body).toEqual({ traces_deleted: 2 });
    expect((await send('POST', 'traces/delete-traces', { experiment_id: '7', request_ids: ['tr-2'] })).body).toEqual({
      traces_deleted: 1,
    });
  });
});
