/**
 * Traces and their spans, whoever sends them: OpenTelemetry exporters, MLflow's clients.
 *
 * Spans and the trace as a whole come apart, in any order, and more than once: storing one again replaces it. Until a
 * client tells the trace as a whole it is folded from its spans (fold-spans.ts); from then on what was told stands.
 */
import type { Assessment, Span, SpanSummary, Trace } from '@mulle/contract';
import type { AccessTables, Actor, AuditLog } from '#domains/access/index.ts';
import { nowMs } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { limits } from '#kernel/limits.ts';
import type { Database, Reader, Transaction } from '#platform/database/index.ts';
import { findAssessment, putAssessment, removeAssessment, setValid } from './assessment-store.ts';
import { foldSpans, foldTokens, newTraceRow, type TraceRow } from './fold-spans.ts';
import { spanTokens, traceTags } from './span-conventions.ts';
import type { SpanRecord } from './span-record.ts';
import { countStored, findSpan, putSpans, spanSummaries, tokenNodes, wholeSpans } from './span-store.ts';
import { listSessionRows, type TraceSession } from './session-store.ts';
import { positionOf, searchTraceRows, type TraceSearch } from './trace-search.ts';
import {
  completeTraces,
  findTraceRows,
  linkRun,
  putNamed,
  putTrace,
  removeTag,
  removeTraces,
  traceIdsOf,
} from './trace-store.ts';
import type { TracesTables } from './traces-tables.ts';

type Tables = TracesTables & AccessTables;

export interface TracesOptions {
  readonly database: Database<Tables>;
  readonly audit: AuditLog;
  /** Throws when there is no such experiment, or it takes nothing more. */
  readonly checkExperiment: (experimentId: string) => Promise<void>;
}

/** A trace as its client tells it; the rest is folded from the spans. */
export type ToldTrace = Omit<Trace, 'name' | 'spans' | 'sessionId' | 'userId' | 'assessments'> & {
  readonly assessments: readonly Assessment[];
};

/** Spans of one transaction: others wait for it. */
const spansAtOnce = 1_000;
const spansPerRead = 2_000;
const tracesAtOnce = 100;
const nameTag = 'mlflow.traceName';
const tokensKey = 'mlflow.trace.tokenUsage';

export class TracesService {
  readonly #options: TracesOptions;

  constructor(options: TracesOptions) {
    this.#options = options;
  }

  /** Stores spans; resolves when all are durable. What is stored before a failure stays: sending again mends it. */
  async recordSpans(
    experimentId: string,
    spans: readonly SpanRecord[],
    beside: { readonly tags?: Readonly<Record<string, string>>; readonly runId?: string } = {},
  ): Promise<void> {
    await this.#options.checkExperiment(experimentId);
    for (let start = 0; start < spans.length; start += spansAtOnce) {
      const some = spans.slice(start, start + spansAtOnce);
      await this.#options.database.transaction(async (trx) => {
        for (const [traceId, ofTrace] of Map.groupBy(some, (span) => span.traceId)) {
          await this.#recordOfTrace(trx, experimentId, traceId, ofTrace, beside.tags ?? {});
          if (beside.runId !== undefined) await linkRun(trx, [traceId], beside.runId);
        }
      });
    }
  }

  async #recordOfTrace(
    trx: Transaction<Tables>,
    experimentId: string,
    traceId: string,
    spans: readonly SpanRecord[],
    tags: Readonly<Record<string, string>>,
  ): Promise<void> {
    const [before] = await findTraceRows(trx, [traceId]);
    const startedAtMs = Number((spans[0]?.startNs ?? 0n) / 1_000_000n);
    const known = before ?? newTraceRow(traceId, experimentId, startedAtMs);
    const ids = new Set(spans.map((span) => span.id));
    const stored = before ? await countStored(trx, traceId, [...ids]) : 0;
    const row = { ...foldSpans(known, spans), spans: known.spans + ids.size - stored };
    await putTrace(trx, row);
    await putSpans(trx, spans);
    const root = spans.find((span) => span.parentId === null);
    const carried = root ? traceTags(root.attributes) : {};
    const nameTags: Record<string, string> = row.name === null ? {} : { [nameTag]: row.name };
    await putNamed(trx, 'trace_tags', traceId, { ...placeTags(row), ...nameTags, ...tags, ...carried });
    const ended = row.finalized === 0 && row.state !== 'in_progress';
    if (ended && (root || spans.some(tellsTokens))) await this.#foldTokens(trx, traceId);
  }

  async #foldTokens(trx: Transaction<Tables>, traceId: string): Promise<void> {
    const tokens = foldTokens(await tokenNodes(trx, traceId));
    if (!tokens) return;
    const { input, output } = tokens;
    const usage = { input_tokens: input, output_tokens: output, total_tokens: input + output };
    await putNamed(trx, 'trace_metadata', traceId, { [tokensKey]: JSON.stringify(usage) });
  }

  /** Stores the trace as a whole, in place of what was folded or told before; tags and metadata are added to. */
  async putTrace(told: ToldTrace): Promise<Trace> {
    await this.#options.checkExperiment(told.experimentId);
    return this.#options.database.transaction(async (trx) => {
      const [before] = await findTraceRows(trx, [told.id]);
      const known = before ?? newTraceRow(told.id, told.experimentId, told.startedAtMs);
      const row: TraceRow = {
        ...known,
        experiment_id: told.experimentId,
        name: told.tags[nameTag] ?? known.name,
        state: told.state,
        started_at_ms: told.startedAtMs,
        duration_ms: told.durationMs,
        client_request_id: told.clientRequestId,
        request_preview: told.requestPreview ?? known.request_preview,
        response_preview: told.responsePreview ?? known.response_preview,
        session_id: told.metadata['mlflow.trace.session'] ?? known.session_id,
        user_id: told.metadata['mlflow.trace.user'] ?? known.user_id,
        finalized: 1,
      };
      await putTrace(trx, row);
      await putNamed(trx, 'trace_tags', told.id, { ...told.tags, ...placeTags(row) });
      await putNamed(trx, 'trace_metadata', told.id, told.metadata);
      for (const assessment of told.assessments) await putAssessment(trx, assessment);
      return this.#one(trx, row);
    });
  }

  async getTrace(id: string): Promise<Trace> {
    const { kysely } = this.#options.database;
    return this.#one(kysely, await this.#row(kysely, id));
  }

  /** Those of the ids that there are, in their order. */
  async getTraces(ids: readonly string[]): Promise<Trace[]> {
    const { kysely } = this.#options.database;
    const rows = new Map((await findTraceRows(kysely, ids)).map((row) => [row.id, row]));
    return completeTraces(
      kysely,
      ids.flatMap((id) => rows.get(id) ?? []),
    );
  }

  /** A page, and where the next one begins; undefined when this one was not full. */
  async search(
    search: TraceSearch,
    after: readonly (string | number | null)[] | undefined,
    count: number,
  ): Promise<{ traces: Trace[]; next: (string | number | null)[] | undefined }> {
    const { kysely, dialect } = this.#options.database;
    const rows = await searchTraceRows(kysely, dialect, search, after, count);
    const last = rows.length === count ? rows.at(-1) : undefined;
    return { traces: await completeTraces(kysely, rows), next: last && positionOf(last, search.order) };
  }

  /** All spans by their start, read in pages: a trace may have tens of thousands. */
  async *spans(traceId: string): AsyncGenerator<SpanSummary> {
    const { kysely } = this.#options.database;
    await this.#row(kysely, traceId);
    let position: SpanSummary | undefined;
    for (;;) {
      const page = await spanSummaries(kysely, traceId, position, spansPerRead);
      yield* page;
      position = page.at(-1);
      if (page.length < spansPerRead) return;
    }
  }

  async getSpan(traceId: string, id: string): Promise<Span> {
    const found = await findSpan(this.#options.database.kysely, traceId, id);
    if (found) return found;
    throw new MulleError(
      'not_found',
      `Trace ${traceId} has no span ${id}. GET /api/traces/${traceId}/spans lists them.`,
    );
  }

  wholeSpans(traceIds: readonly string[]): Promise<Span[]> {
    return wholeSpans(this.#options.database.kysely, traceIds);
  }

  listSessions(
    filter: { readonly experiment?: string; readonly user?: string },
    before: { lastAtMs: number; id: string } | undefined,
    count: number,
  ): Promise<TraceSession[]> {
    return listSessionRows(this.#options.database.kysely, filter, before, count);
  }

  setTag(traceId: string, key: string, value: string): Promise<void> {
    return this.#options.database.transaction(async (trx) => {
      const row = await this.#row(trx, traceId);
      await putNamed(trx, 'trace_tags', traceId, { [key]: value });
      if (key === nameTag) await putTrace(trx, { ...row, name: value });
    });
  }

  deleteTag(traceId: string, key: string): Promise<void> {
    return this.#options.database.transaction(async (trx) => {
      await this.#row(trx, traceId);
      if (await removeTag(trx, traceId, key)) return;
      throw new MulleError('not_found', `Trace ${traceId} has no tag ${key}.`);
    });
  }

  /** Deletes those that there are, with their spans; gives how many they were. */
  deleteTraces(actor: Actor, ids: readonly string[]): Promise<number> {
    const { database, audit } = this.#options;
    return database.transaction(async (trx) => {
      const deleted = await removeTraces(trx, ids);
      if (deleted === 0) return 0;
      const details = { ids: ids.slice(0, limits.pageSize), deleted };
      await audit.record(trx, { actor, action: 'trace.delete', subject: ids[0] ?? '', details });
      return deleted;
    });
  }

  /** All of an experiment, some at a time: others wait for each transaction. */
  async deleteOfExperiment(actor: Actor, experimentId: string): Promise<void> {
    for (;;) {
      const ids = await traceIdsOf(this.#options.database.kysely, experimentId, tracesAtOnce);
      if (ids.length === 0) return;
      await this.deleteTraces(actor, ids);
    }
  }

  /** Throws `not_found` when one of them is not there; then none is linked. */
  linkToRun(traceIds: readonly string[], runId: string): Promise<void> {
    return this.#options.database.transaction(async (trx) => {
      for (const id of traceIds) await this.#row(trx, id);
      await linkRun(trx, traceIds, runId);
    });
  }

  async getAssessment(traceId: string, id: string): Promise<Assessment> {
    return this.#assessment(this.#options.database.kysely, traceId, id);
  }

  /** What it overrides counts no more. */
  createAssessment(
    actor: Actor,
    given: Omit<Assessment, 'id' | 'valid' | 'createdAtMs' | 'updatedAtMs'> & {
      createdAtMs?: number;
      updatedAtMs?: number;
    },
  ): Promise<Assessment> {
    const now = nowMs();
    const assessment: Assessment = { createdAtMs: now, updatedAtMs: now, ...given, id: newId('a'), valid: true };
    return this.#options.database.transaction(async (trx) => {
      await this.#row(trx, assessment.traceId);
      const { overrides, traceId } = assessment;
      if (overrides !== null && !(await setValid(trx, traceId, overrides, false))) {
        throw new MulleError('not_found', `Trace ${traceId} has no assessment ${overrides} to override.`);
      }
      await putAssessment(trx, assessment);
      await this.#recordAssessment(trx, actor, 'assessment.create', assessment);
      return assessment;
    });
  }

  updateAssessment(
    actor: Actor,
    traceId: string,
    id: string,
    change: (before: Assessment) => Partial<Assessment>,
  ): Promise<Assessment> {
    return this.#options.database.transaction(async (trx) => {
      const before = await this.#assessment(trx, traceId, id);
      const assessment: Assessment = { ...before, ...change(before), id, traceId, updatedAtMs: nowMs() };
      await putAssessment(trx, assessment);
      await this.#recordAssessment(trx, actor, 'assessment.update', assessment);
      return assessment;
    });
  }

  /** The one that it took the place of counts again. */
  deleteAssessment(actor: Actor, traceId: string, id: string): Promise<void> {
    return this.#options.database.transaction(async (trx) => {
      const assessment = await this.#assessment(trx, traceId, id);
      if (assessment.overrides !== null) await setValid(trx, traceId, assessment.overrides, true);
      await removeAssessment(trx, id);
      await this.#recordAssessment(trx, actor, 'assessment.delete', assessment);
    });
  }

  async #recordAssessment(trx: Transaction<Tables>, actor: Actor, action: string, given: Assessment): Promise<void> {
    const { id, name, kind, value, rationale } = given;
    const details = { id, name, kind, value, rationale };
    await this.#options.audit.record(trx, { actor, action, subject: given.traceId, details });
  }

  async #assessment(reader: Reader<Tables>, traceId: string, id: string): Promise<Assessment> {
    const found = await findAssessment(reader, traceId, id);
    if (found) return found;
    throw new MulleError('not_found', `Trace ${traceId} has no assessment ${id}.`);
  }

  async #row(reader: Reader<Tables>, id: string): Promise<TraceRow> {
    const [row] = await findTraceRows(reader, [id]);
    if (row) return row;
    throw new MulleError('not_found', `There is no trace ${id}. GET /api/traces lists them.`);
  }

  async #one(reader: Reader<Tables>, row: TraceRow): Promise<Trace> {
    const [trace] = await completeTraces(reader, [row]);
    if (trace) return trace;
    throw new MulleError('not_found', `There is no trace ${row.id}.`);
  }
}

function tellsTokens({ attributes }: SpanRecord): boolean {
  const { input, output } = spanTokens(attributes);
  return input !== null || output !== null;
}

/** Tags by which MLflow's clients know where spans and attachments of a trace are. */
function placeTags({ id, experiment_id }: TraceRow): Record<string, string> {
  return {
    'mlflow.trace.spansLocation': 'TRACKING_STORE',
    'mlflow.artifactLocation': `mlflow-artifacts:/${experiment_id}/traces/${id}/artifacts`,
  };
}
