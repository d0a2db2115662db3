import { expect, test } from 'vitest';
import { accessMigrations, AuditLog, type AccessTables, type Actor } from '#domains/access/index.ts';
import { MulleError } from '#kernel/errors.ts';
import { describeOnEveryDatabase } from '#platform/database/contract-suite.ts';
import { allOf, type Filter } from '#platform/filters/index.ts';
import {
  TracesService,
  tracesMigrations,
  type SpanRecord,
  type ToldTrace,
  type TraceClause,
  type TracesTables,
} from './index.ts';

const actor: Actor = { name: 'minji', role: 'member' };
const migrations = [...accessMigrations, ...tracesMigrations];

function span(given: Partial<SpanRecord> & { id: string }): SpanRecord {
  return {
    traceId: 'tr-1',
    parentId: null,
    name: given.id,
    status: 'ok',
    statusMessage: '',
    startNs: 1_767_225_600_000_000_001n,
    endNs: 1_767_225_601_000_000_002n,
    attributes: {},
    events: [],
    links: [],
    ...given,
  };
}

const told: ToldTrace = {
  id: 'tr-1',
  experimentId: '1',
  state: 'ok',
  startedAtMs: 1_000,
  durationMs: 5,
  clientRequestId: 'c-1',
  requestPreview: null,
  responsePreview: null,
  tags: { team: 'ml' },
  metadata: { 'mlflow.trace.user': 'jun', 'mlflow.trace.session': 's1' },
  assessments: [],
};

describeOnEveryDatabase('traces', (open) => {
  async function start() {
    const database = await open<TracesTables & AccessTables>(migrations);
    const audit = new AuditLog(database);
    const traces = new TracesService({
      database,
      audit,
      checkExperiment: async (id) => {
        if (id === 'none') throw new MulleError('not_found', 'There is no experiment none.');
      },
    });
    const find = async (...clauses: TraceClause[]) =>
      (await traces.search({ filter: allOf(clauses), order: [] }, undefined, 100)).traces.map((trace) => trace.id);
    return { traces, audit, find };
  }

  test('a trace folds from its spans in whatever order and however often they come', async () => {
    const { traces } = await start();
    const child = span({
      id: 'b',
      parentId: 'a',
      startNs: 1_767_225_600_500_000_000n,
      endNs: null,
      attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.usage.input_tokens': 7, 'gen_ai.usage.output_tokens': 3 },
    });
    await traces.recordSpans('1', [child]);
    expect(await traces.getTrace('tr-1')).toMatchObject({
      state: 'in_progress',
      name: null,
      spans: 1,
      durationMs: null,
    });
    const root = span({
      id: 'a',
      name: '답하기',
      status: 'error',
      attributes: {
        'mlflow.spanInputs': { q: '안녕' },
        'mlflow.traceTag.stage': 'dev',
        'session.id': 's9',
        'mlflow.spanType': 'CHAIN',
      },
    });
    await traces.recordSpans('1', [child, root, child], { tags: { 'service.name': 'bot' }, runId: 'r1' });
    await traces.recordSpans('1', [root]);
    expect(await traces.getTrace('tr-1')).toMatchObject({
      name: '답하기',
      state: 'error',
      startedAtMs: 1_767_225_600_000,
      durationMs: 1_000,
      requestPreview: '{"q":"안녕"}',
      responsePreview: null,
      sessionId: 's9',
      spans: 2,
      tags: {
        'mlflow.trace.spansLocation': 'TRACKING_STORE',
        'mlflow.traceName': '답하기',
        'service.name': 'bot',
        stage: 'dev',
      },
      metadata: { 'mlflow.trace.tokenUsage': '{"input_tokens":7,"output_tokens":3,"total_tokens":10}' },
    });
    expect(await collect(traces.spans('tr-1'))).toEqual([
      {
        id: 'a',
        parentId: null,
        name: '답하기',
        type: 'CHAIN',
        status: 'error',
        startUs: 1_767_225_600_000_000,
        durationUs: 1_000_000,
      },
      {
        id: 'b',
        parentId: 'a',
        name: 'b',
        type: 'CHAT_MODEL',
        status: 'ok',
        startUs: 1_767_225_600_500_000,
        durationUs: null,
      },
    ]);
    expect(await traces.getSpan('tr-1', 'a')).toMatchObject({
      startNs: '1767225600000000001',
      endNs: '1767225601000000002',
    });
  });

  test('what a client tells of the whole trace stands against spans that come later', async () => {
    const { traces } = await start();
    await traces.putTrace(told);
    await traces.recordSpans('1', [span({ id: 'a', name: 'root' })]);
    expect(await traces.getTrace('tr-1')).toMatchObject({
      startedAtMs: 1_000,
      durationMs: 5,
      state: 'ok',
      userId: 'jun',
      sessionId: 's1',
      clientRequestId: 'c-1',
      name: 'root',
      tags: { team: 'ml' },
    });
    await expect(traces.putTrace({ ...told, experimentId: 'none' })).rejects.toMatchObject({ code: 'not_found' });
  });

  test('a parent that sums up its children counts once', async () => {
    const { traces } = await start();
    const usage = (input: number, output: number) => ({
      'mlflow.chat.tokenUsage': { input_tokens: input, output_tokens: output, total_tokens: input + output },
    });
    await traces.recordSpans('1', [
      span({ id: 'a' }),
      span({ id: 'b', parentId: 'a', attributes: usage(10, 5) }),
      span({ id: 'c', parentId: 'b', attributes: usage(10, 5) }),
      span({ id: 'd', parentId: 'a', attributes: usage(1, 1) }),
    ]);
    const { metadata } = await traces.getTrace('tr-1');
    expect(JSON.parse(metadata['mlflow.trace.tokenUsage'] ?? '')).toEqual({
      input_tokens: 11,
      output_tokens: 6,
      total_tokens: 17,
    });
  });

  test('search: attributes, tags, metadata, spans, assessments, runs', async () => {
    const { traces, find } = await start();
    for (const [id, ms] of [
      ['tr-1', 1_000],
      ['tr-2', 2_000],
      ['tr-3', 3_000],
    ] as const) {
      await traces.putTrace({
        ...told,
        id,
        startedAtMs: ms,
        tags: { n: id, Case: 'Upper_Case*' },
        state: id === 'tr-2' ? 'error' : 'ok',
      });
    }
    await traces.recordSpans('1', [
      span({
        traceId: 'tr-1',
        id: 'a',
        name: 'search docs',
        attributes: { 'mlflow.spanType': 'RETRIEVER', 'k.x': 'v1', top: 5 },
      }),
      span({
        traceId: 'tr-1',
        id: 'b',
        name: 'answer',
        parentId: 'a',
        attributes: { 'mlflow.spanOutputs': '물레가 돕니다' },
      }),
    ]);
    await traces.linkToRun(['tr-3'], 'run-9');
    await traces.createAssessment(actor, feedback('good', true));
    await traces.createAssessment(actor, feedback('score', 0.25));
    expect(await find()).toEqual(['tr-3', 'tr-2', 'tr-1']);
    expect(await find({ on: 'trace', column: 'state', comparator: '=', value: 'error' })).toEqual(['tr-2']);
    expect(await find({ on: 'trace', column: 'ended_at_ms', comparator: '>=', value: 2_005 })).toEqual([
      'tr-3',
      'tr-2',
    ]);
    expect(await find({ on: 'trace', column: 'id', comparator: 'NOT IN', value: ['tr-1'] })).toEqual(['tr-3', 'tr-2']);
    expect(await find({ on: 'tag', key: 'Case', comparator: 'LIKE', value: 'Upper%*' })).toHaveLength(3);
    expect(await find({ on: 'tag', key: 'Case', comparator: 'LIKE', value: 'upper%' })).toEqual([]);
    expect(await find({ on: 'tag', key: 'Case', comparator: 'ILIKE', value: 'upper%' })).toHaveLength(3);
    expect(await find({ on: 'tag', key: 'n', comparator: 'RLIKE', value: '[23]$' })).toEqual(['tr-3', 'tr-2']);
    expect(await find({ on: 'tag', key: 'absent', comparator: 'IS NULL' })).toHaveLength(3);
    expect(await find({ on: 'metadata', key: 'mlflow.trace.user', comparator: '=', value: 'jun' })).toHaveLength(3);
    expect(await find({ on: 'attribute', key: 'k.x', comparator: '=', value: 'v1' })).toEqual(['tr-1']);
    expect(await find({ on: 'span', column: 'content', comparator: 'LIKE', value: '%물레가%' })).toEqual(['tr-1']);
    const retriever: TraceClause = { on: 'span', column: 'type', comparator: '=', value: 'RETRIEVER' };
    expect(await find(retriever, { on: 'span', column: 'name', comparator: 'LIKE', value: 'search%' })).toEqual([
      'tr-1',
    ]);
    // Of one span both must hold.
    expect(await find(retriever, { on: 'span', column: 'name', comparator: '=', value: 'answer' })).toEqual([]);
    const either = async (filter: Filter<TraceClause>) =>
      (await traces.search({ filter, order: [] }, undefined, 100)).traces.map((trace) => trace.id);
    const answer = { clause: { on: 'span', column: 'name', comparator: '=', value: 'answer' } } as const;
    const third = { clause: { on: 'trace', column: 'id', comparator: '=', value: 'tr-3' } } as const;
    expect(await either({ or: [third, { and: [{ clause: retriever }, answer] }] })).toEqual(['tr-3']);
    expect(await either({ or: [third, { clause: retriever }] })).toEqual(['tr-3', 'tr-1']);
    expect(await either({ and: [{ or: [answer, { clause: retriever }] }, { clause: retriever }] })).toEqual(['tr-1']);
    expect(await find({ on: 'feedback', key: 'good', comparator: '=', value: 'true' })).toEqual(['tr-1']);
    expect(await find({ on: 'feedback', key: 'score', comparator: '<', value: 0.5 })).toEqual(['tr-1']);
    expect(await find({ on: 'feedback', key: 'good', comparator: '<', value: 0.5 })).toEqual([]);
    expect(await find({ on: 'run', comparator: '=', value: 'run-9' })).toEqual(['tr-3']);
  });

  test('pages by any order, nulls last, each trace once', async () => {
    const { traces } = await start();
    for (let index = 0; index < 7; index++) {
      await traces.putTrace({ ...told, id: `tr-${index}`, durationMs: index % 3 === 0 ? null : index % 3 });
    }
    for (const descending of [true, false]) {
      const order = [{ column: 'duration_ms', descending }] as const;
      const seen: string[] = [];
      let after: readonly (string | number | null)[] | undefined;
      do {
        const page = await traces.search({ filter: { and: [] }, order }, after, 2);
        seen.push(...page.traces.map((trace) => trace.id));
        after = page.next;
      } while (after);
      expect(seen).toEqual(
        descending
          ? ['tr-5', 'tr-2', 'tr-4', 'tr-1', 'tr-6', 'tr-3', 'tr-0']
          : ['tr-1', 'tr-4', 'tr-2', 'tr-5', 'tr-0', 'tr-3', 'tr-6'],
      );
    }
  });

  test('assessments: overriding, changing, deleting; a deleted trace takes all with it', async () => {
    const { traces, audit } = await start();
    await traces.putTrace(told);
    const first = await traces.createAssessment(actor, feedback('good', false));
    const second = await traces.createAssessment(actor, { ...feedback('good', true), overrides: first.id });
    const valid = async () => (await traces.getTrace('tr-1')).assessments.map((assessment) => assessment.valid);
    expect(await valid()).toEqual([false, true]);
    await traces.updateAssessment(actor, 'tr-1', second.id, () => ({ rationale: '정확함' }));
    expect(await traces.getAssessment('tr-1', second.id)).toMatchObject({ value: true, rationale: '정확함' });
    await traces.deleteAssessment(actor, 'tr-1', second.id);
    expect(await valid()).toEqual([true]);
    expect(await traces.deleteTraces(actor, ['tr-1', 'tr-none'])).toBe(1);
    await expect(traces.getTrace('tr-1')).rejects.toMatchObject({ code: 'not_found' });
    await expect(traces.createAssessment(actor, feedback('good', 1))).rejects.toMatchObject({ code: 'not_found' });
    expect(await audit.verify()).toMatchObject({ ok: true, entries: 5 });
  });

  test('sessions, the last to speak first', async () => {
    const { traces } = await start();
    for (const [id, session, ms] of [
      ['tr-1', 's1', 1],
      ['tr-2', 's2', 2],
      ['tr-3', 's1', 3],
    ] as const) {
      const metadata = { 'mlflow.trace.session': session, 'mlflow.trace.user': 'jun' };
      await traces.putTrace({ ...told, id, startedAtMs: ms, metadata, state: 'error' });
    }
    const [first, second] = await traces.listSessions({ experiment: '1', user: 'jun' }, undefined, 10);
    expect(first).toEqual({ id: 's1', userId: 'jun', traces: 2, errors: 2, firstAtMs: 1, lastAtMs: 3 });
    expect(await traces.listSessions({}, { lastAtMs: 3, id: 's1' }, 10)).toEqual([second]);
  });
});

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

function feedback(name: string, value: unknown) {
  return {
    traceId: 'tr-1',
    spanId: null,
    name,
    kind: 'feedback' as const,
    value,
    error: null,
    rationale: null,
    source: { type: 'HUMAN', id: 'minji' },
    runId: null,
    metadata: {},
    overrides: null,
  };
}
