/** Calls of MLflow's protocol about traces and their assessments. */
import type { Trace } from '@mulle/contract';
import type { TracesService } from '#domains/traces/index.ts';
import { call, inVersion3, type MlflowCall, type MlflowRequest } from './call.ts';
import { loggedKey } from './logged-key.ts';
import { doesNotExist, invalidParameter } from './mlflow-error.ts';
import { readPosition, writePosition } from './page-token.ts';
import {
  maxResults,
  missingField,
  objectList,
  optionalBoolean,
  optionalInteger,
  optionalObject,
  optionalText,
  text,
  textList,
  textMap,
} from './request-fields.ts';
import { parseTraceFilter, parseTraceOrder } from './trace-filter.ts';
import {
  assessedValue,
  fromAssessmentMessage,
  fromTraceInfo,
  toAssessmentMessage,
  toSpanMessage,
  toTraceInfo,
} from './trace-messages.ts';

const infoOf = (trace: Trace) => ({ trace: { trace_info: toTraceInfo(trace) } });
const param = (request: MlflowRequest, name: string): string => request.params[name] ?? '';

export function traceCalls(traces: TracesService): readonly MlflowCall[] {
  return [...traceReads(traces), ...traceWrites(traces), ...assessmentCalls(traces)];
}

async function found(traces: TracesService, id: string): Promise<Trace> {
  const [trace] = await traces.getTraces([id]);
  if (trace) return trace;
  throw doesNotExist(`Trace with ID '${id}' not found.`);
}

function traceReads(traces: TracesService): MlflowCall[] {
  const whole = async (ids: readonly string[]) => {
    const infos = await traces.getTraces([...new Set(ids)]);
    const spans = Map.groupBy(await traces.wholeSpans(infos.map((trace) => trace.id)), (span) => span.traceId);
    return infos.map((trace) => ({
      trace_info: toTraceInfo(trace),
      spans: (spans.get(trace.id) ?? []).map(toSpanMessage),
    }));
  };
  return [
    inVersion3(
      call('GET', 'traces/get', 'viewer', async ({ fields }) => {
        const id = text(fields, 'trace_id');
        const [trace] = await whole([id]);
        if (!trace) throw doesNotExist(`Trace with ID ${id} is not found.`);
        const partial = optionalBoolean(fields, 'allow_partial') ?? false;
        if (trace.spans.length > 0 || partial) return { trace };
        throw doesNotExist(`Trace with ID ${id} is not fully exported yet, please try again later.`);
      }),
    ),
    inVersion3(
      call('GET', 'traces/batchGet', 'viewer', async ({ fields }) => {
        const wanted = await whole(textList(fields, 'trace_ids'));
        return { traces: wanted.filter((trace) => trace.spans.length > 0) };
      }),
    ),
    inVersion3(
      call('POST', 'traces/batchGetInfos', 'viewer', async ({ fields }) => ({
        trace_infos: (await traces.getTraces(textList(fields, 'trace_ids'))).map(toTraceInfo),
      })),
    ),
    inVersion3(
      call('GET', 'traces/:trace_id', 'viewer', async (request) =>
        infoOf(await found(traces, param(request, 'trace_id'))),
      ),
    ),
    inVersion3(
      call('POST', 'traces/search', 'viewer', async ({ fields }) => {
        const locations = objectList(fields, 'locations');
        if (locations.length === 0) throw missingField('locations');
        const experimentIds = locations.flatMap((location) => {
          const experiment = optionalObject(location, 'mlflow_experiment');
          return experiment ? [text(experiment, 'experiment_id')] : [];
        });
        const search = {
          experimentIds,
          filter: parseTraceFilter(optionalText(fields, 'filter') ?? ''),
          order: parseTraceOrder(textList(fields, 'order_by')),
        };
        const count = maxResults(fields, 100, 500);
        const page = await traces.search(search, readPosition(optionalText(fields, 'page_token')), count);
        return { traces: page.traces.map(toTraceInfo), next_page_token: page.next && writePosition(page.next) };
      }),
    ),
  ];
}

function traceWrites(traces: TracesService): MlflowCall[] {
  const setTag = async (request: MlflowRequest) => {
    const id = (await found(traces, param(request, 'trace_id'))).id;
    await traces.setTag(id, loggedKey(request.fields), optionalText(request.fields, 'value') ?? '');
    return {};
  };
  const deleteTag = async (request: MlflowRequest) => {
    const id = (await found(traces, param(request, 'trace_id'))).id;
    await traces.deleteTag(id, text(request.fields, 'key'));
    return {};
  };
  const both = (given: MlflowCall): MlflowCall[] => [given, inVersion3(given)];
  return [
    inVersion3(
      call('POST', 'traces', 'member', async ({ fields }) => {
        const info = optionalObject(optionalObject(fields, 'trace') ?? {}, 'trace_info');
        if (!info) throw missingField('trace');
        return infoOf(await traces.putTrace(fromTraceInfo(info)));
      }),
    ),
    ...both(call('PATCH', 'traces/:trace_id/tags', 'member', setTag)),
    ...both(call('DELETE', 'traces/:trace_id/tags', 'member', deleteTag)),
    ...both(call('POST', 'traces/delete-traces', 'maintainer', (request) => deleteTraces(traces, request))),
    ...both(
      call('POST', 'traces/link-to-run', 'member', async ({ fields }) => {
        const ids = textList(fields, 'trace_ids');
        const runId = text(fields, 'run_id');
        if (ids.length === 0) throw missingField('trace_ids');
        if (ids.length > 100)
          throw invalidParameter(
            `Cannot link more than 100 traces to a run in a single request. Provided ${ids.length} traces.`,
          );
        await traces.linkToRun(ids, runId);
        return {};
      }),
    ),
    ...both(
      call('POST', 'traces/link-prompts', 'member', async ({ fields }) => {
        const trace = await found(traces, text(fields, 'trace_id'));
        const linked = new Map<string, object>();
        const before: unknown = JSON.parse(trace.tags['mlflow.linkedPrompts'] ?? '[]');
        const given = objectList(fields, 'prompt_versions').map((prompt) => ({
          name: text(prompt, 'name'),
          version: text(prompt, 'version'),
        }));
        for (const prompt of [...(Array.isArray(before) ? before : []), ...given])
          linked.set(JSON.stringify(prompt), prompt);
        await traces.setTag(trace.id, 'mlflow.linkedPrompts', JSON.stringify([...linked.values()]));
        return {};
      }),
    ),
  ];
}

/** By ids, or what is older than a time; never without one of them. */
async function deleteTraces(traces: TracesService, { fields, actor }: MlflowRequest): Promise<object> {
  const experimentId = text(fields, 'experiment_id');
  const ids = textList(fields, 'request_ids');
  const untilMs = optionalInteger(fields, 'max_timestamp_millis');
  const count = optionalInteger(fields, 'max_traces');
  if ((untilMs === undefined) === (ids.length === 0)) {
    throw invalidParameter('Either `max_timestamp_millis` or `trace_ids` must be specified, but not both.');
  }
  if (ids.length > 0 && count !== undefined)
    throw invalidParameter("`max_traces` can't be specified if `trace_ids` is specified.");
  if (count !== undefined && count <= 0)
    throw invalidParameter(`\`max_traces\` must be a positive integer, received ${count}.`);
  const page = await traces.search(
    {
      experimentIds: [experimentId],
      filter: {
        clause:
          untilMs === undefined
            ? { on: 'trace', column: 'id', comparator: 'IN', value: ids }
            : { on: 'trace', column: 'started_at_ms', comparator: '<=', value: untilMs },
      },
      order: [{ column: 'started_at_ms', descending: false }],
    },
    undefined,
    count ?? 10_000,
  );
  return {
    traces_deleted: await traces.deleteTraces(
      actor,
      page.traces.map((trace) => trace.id),
    ),
  };
}

function assessmentCalls(traces: TracesService): MlflowCall[] {
  const path = 'traces/:trace_id/assessments';
  const one = `${path}/:assessment_id`;
  const answered = async (assessment: Parameters<typeof toAssessmentMessage>[0]) => ({
    assessment: toAssessmentMessage(assessment),
  });
  return [
    call('POST', path, 'member', async (request) => {
      const given = optionalObject(request.fields, 'assessment');
      if (!given) throw missingField('assessment');
      const { id } = await found(traces, param(request, 'trace_id'));
      return answered(await traces.createAssessment(request.actor, fromAssessmentMessage(given, id)));
    }),
    call('GET', one, 'viewer', async (request) =>
      answered(await traces.getAssessment(param(request, 'trace_id'), param(request, 'assessment_id'))),
    ),
    call('PATCH', one, 'member', (request) => updateAssessment(traces, request)),
    call('DELETE', one, 'member', async (request) => {
      await traces.deleteAssessment(request.actor, param(request, 'trace_id'), param(request, 'assessment_id'));
      return {};
    }),
  ].map(inVersion3);
}

/** Fields that a mask may name. */
const maskable: ReadonlySet<string> = new Set(
  'assessmentName assessment_name rationale metadata valid feedback expectation issue'.split(' '),
);

/** Changes what the mask names (protobuf's FieldMask: names in lowerCamelCase, separated by commas). */
async function updateAssessment(traces: TracesService, request: MlflowRequest): Promise<object> {
  const given = optionalObject(request.fields, 'assessment');
  if (!given) throw missingField('assessment');
  const mask = text(request.fields, 'update_mask').split(',');
  const unknown = mask.find((field) => !maskable.has(field));
  if (unknown !== undefined) throw invalidParameter(`Invalid value "${unknown}" for parameter 'update_mask' supplied.`);
  const updated = await traces.updateAssessment(
    request.actor,
    param(request, 'trace_id'),
    param(request, 'assessment_id'),
    (before) => {
      const changed = { ...before };
      for (const field of mask) {
        if (field === 'assessmentName' || field === 'assessment_name') changed.name = text(given, 'assessment_name');
        if (field === 'rationale') changed.rationale = optionalText(given, 'rationale') || null;
        if (field === 'metadata') changed.metadata = textMap(given, 'metadata');
        if (field === 'valid') changed.valid = optionalBoolean(given, 'valid') ?? true;
        if (field !== 'feedback' && field !== 'expectation') continue;
        const { kind, value, error } = assessedValue(given);
        if (kind !== before.kind) {
          throw invalidParameter(
            `Cannot update ${field} value on ${before.kind === 'feedback' ? 'a Feedback' : 'an Expectation'} assessment. Assessment ID: ${before.id}`,
          );
        }
        Object.assign(changed, { value, error });
      }
      return changed;
    },
  );
  return { assessment: toAssessmentMessage(updated) };
}
