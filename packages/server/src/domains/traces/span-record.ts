import type { Span } from '@mulle/contract';

/** A span as it is handed over: what it tells, times in nanoseconds since the epoch. */
export interface SpanRecord {
  readonly traceId: string;
  readonly id: string;
  readonly parentId: string | null;
  readonly name: string;
  readonly status: Span['status'];
  readonly statusMessage: string;
  readonly startNs: bigint;
  readonly endNs: bigint | null;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: Span['events'];
  readonly links: Span['links'];
}

/** What of a span its other columns do not hold. */
export type SpanContent = Pick<Span, 'startNs' | 'endNs' | 'statusMessage' | 'attributes' | 'events' | 'links'>;

/** The trace id of MLflow for an OpenTelemetry trace: `tr-` and its 32 hex digits. */
export function traceIdOf(hex: string): string {
  return `tr-${hex}`;
}
