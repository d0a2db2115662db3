import type { Selectable } from 'kysely';
import type { SpanRecord } from './span-record.ts';
import { spanInputs, spanOutputs, spanSession, spanUser, traceTags } from './span-conventions.ts';
import type { TracesTables } from './traces-tables.ts';

export type TraceRow = Selectable<TracesTables['traces']>;

const previewCharacters = 1_000;

function preview(text: string | undefined): string | null {
  return text === undefined || text.length <= previewCharacters
    ? (text ?? null)
    : `${text.slice(0, previewCharacters - 3)}...`;
}

function toMs(ns: bigint): number {
  return Number(ns / 1_000_000n);
}

function firstOf(spans: readonly SpanRecord[], read: (attributes: SpanRecord['attributes']) => string | undefined) {
  for (const { attributes } of spans) {
    const value = read(attributes);
    if (value !== undefined) return value;
  }
  return null;
}

/** A trace of which nothing is known yet. */
export function newTraceRow(id: string, experimentId: string, startedAtMs: number): TraceRow {
  return {
    id,
    experiment_id: experimentId,
    name: null,
    state: 'in_progress',
    started_at_ms: startedAtMs,
    duration_ms: null,
    client_request_id: null,
    request_preview: null,
    response_preview: null,
    session_id: null,
    user_id: null,
    finalized: 0,
    spans: 0,
  };
}

/**
 * The trace after more of its spans: it begins with the first and ends with the last, its root gives state, name and
 * previews. What a client told of the trace as a whole stands.
 */
export function foldSpans(before: TraceRow, spans: readonly SpanRecord[]): TraceRow {
  const root = spans.find((span) => span.parentId === null);
  const starts = spans.map((span) => toMs(span.startNs));
  const ends = spans.flatMap((span) => (span.endNs === null ? [] : [toMs(span.endNs)]));
  const row = { ...before };
  if (before.finalized === 0) {
    const endMs = before.duration_ms === null ? -1 : before.started_at_ms + before.duration_ms;
    row.started_at_ms = Math.min(before.started_at_ms, ...starts);
    const lastMs = Math.max(endMs, ...ends);
    row.duration_ms = lastMs < 0 ? null : lastMs - row.started_at_ms;
  }
  if (root && (before.state === 'in_progress' || before.state === 'unspecified')) {
    row.state = root.status === 'error' ? 'error' : 'ok';
  }
  if (root) {
    row.name ??= traceTags(root.attributes)['mlflow.traceName'] ?? root.name;
    row.request_preview ??= preview(spanInputs(root.attributes));
    row.response_preview ??= preview(spanOutputs(root.attributes));
  }
  row.session_id ??= firstOf(spans, spanSession);
  row.user_id ??= firstOf(spans, spanUser);
  return row;
}

export interface TokenNode {
  readonly id: string;
  readonly parentId: string | null;
  readonly input: number | null;
  readonly output: number | null;
}

/**
 * Tokens of a trace. A span's own figure includes those below it (frameworks sum up on parents), so that a span counts
 * only where none above it does.
 */
export function foldTokens(nodes: readonly TokenNode[]): { input: number; output: number } | undefined {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const counted = (node: TokenNode) => node.input !== null || node.output !== null;
  const covered = (node: TokenNode): boolean => {
    const seen = new Set<string>([node.id]);
    for (let id = node.parentId; id !== null && !seen.has(id);) {
      const parent = byId.get(id);
      if (!parent) return false;
      if (counted(parent)) return true;
      seen.add(id);
      id = parent.parentId;
    }
    return false;
  };
  const top = nodes.filter((node) => counted(node) && !covered(node));
  if (top.length === 0) return undefined;
  return {
    input: top.reduce((sum, node) => sum + (node.input ?? 0), 0),
    output: top.reduce((sum, node) => sum + (node.output ?? 0), 0),
  };
}
