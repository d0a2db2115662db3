/** Traces: spans first, by OTLP, then the trace as a whole with the tag that says it is all there. */
import { Type } from '@mulle/contract';
import { readClientSpans } from './client-spans.ts';
import { importedTag, type ImportTarget } from './import-target.ts';
import type { ImportSource } from './import-source.ts';
import { TraceMessage } from './messages.ts';

const tracesAtOnce = 100;
const spansAtOnce = 1_000;
const Known = Type.Object({ trace_infos: Type.Optional(Type.Array(TraceMessage)) });
/** Of the store that a trace was in. */
const placeTags = new Set(['mlflow.artifactLocation', 'mlflow.trace.spansLocation']);

export async function bringTraces(
  target: ImportTarget,
  source: ImportSource,
  from: string,
  experimentId: string,
): Promise<void> {
  let some: TraceMessage[] = [];
  for await (const trace of source.traces(from)) {
    some.push(trace);
    if (some.length < tracesAtOnce) continue;
    await bringSome(target, source, some, experimentId);
    some = [];
  }
  await bringSome(target, source, some, experimentId);
}

async function bringSome(
  target: ImportTarget,
  source: ImportSource,
  traces: readonly TraceMessage[],
  experimentId: string,
): Promise<void> {
  if (traces.length === 0) return;
  const trace_ids = traces.map(({ trace_id }) => trace_id);
  const { trace_infos = [] } = await target.wire.post('/api/3.0/mlflow/traces/batchGetInfos', { trace_ids }, Known);
  const whole = new Set(
    trace_infos.filter(({ tags }) => tags?.[importedTag] !== undefined).map(({ trace_id }) => trace_id),
  );
  for (const trace of traces) {
    await target.tally.count('traces', `trace ${trace.trace_id}`, async () => {
      if (whole.has(trace.trace_id)) return 'there';
      await bringTrace(target, source, trace, experimentId);
      return 'brought';
    });
  }
}

async function bringTrace(
  { wire, tally, from }: ImportTarget,
  source: ImportSource,
  trace: TraceMessage,
  experimentId: string,
): Promise<void> {
  const json = await source.spans(trace);
  const spans = json === undefined ? [] : readClientSpans(json);
  for (let start = 0; start < spans.length; start += spansAtOnce) {
    const some = spans.slice(start, start + spansAtOnce);
    const resourceSpans = [{ resource: { attributes: [] }, scopeSpans: [{ spans: some }] }];
    await wire.send('/v1/traces', { resourceSpans }, { 'x-mlflow-experiment-id': experimentId });
  }
  // Clients before MLflow 3 gave traces ids of their own; here a trace has that of its spans.
  const id = spans[0] === undefined ? trace.trace_id : `tr-${spans[0].traceId}`;
  const tags = Object.fromEntries(Object.entries(trace.tags ?? {}).filter(([key]) => !placeTags.has(key)));
  const trace_info = {
    ...trace,
    trace_id: id,
    trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experimentId } },
    tags: { ...tags, [importedTag]: trace.trace_id === id ? from : `${from} ${trace.trace_id}` },
    assessments: (trace.assessments ?? []).map((assessment) => ({ ...assessment, trace_id: id })),
  };
  await wire.send('/api/3.0/mlflow/traces', { trace: { trace_info } });
  tally.sent.spans += spans.length;
  tally.sent.assessments += trace.assessments?.length ?? 0;
}
