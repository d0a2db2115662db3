import { durationMs, type FeatureView } from '@mulle/contract';
import { EntityRows } from './entity-rows.ts';
import { entityKey, numericValue, timestampMs, type StreamRow } from './feature-values.ts';

/** How many rows have to be newer than a time before anything is let go because of it. */
export const witnesses = 16;

interface CompiledAggregate {
  readonly function: 'count' | 'sum' | 'mean';
  readonly field: number;
  readonly window: number;
}

/**
 * The rolling windows of one feature view.
 *
 * The watermark is the 16th newest time seen, so that a few rows with a wrong clock let nothing go. Rows older than
 * the watermark less the longest window and the history allowance are let go, entity by entity as it grows and all
 * together whenever half as many rows again have come in; memory therefore follows the rows of one longest window.
 */
export class ViewWindows {
  readonly view: FeatureView;
  readonly fields: readonly string[];
  readonly entities = new Map<string, EntityRows>();
  /** Newest times seen, latest first. */
  readonly newest = new Float64Array(witnesses).fill(-Infinity);
  /** Up to where entities without a row may have had one. */
  sweptUntil = -Infinity;
  private readonly windowsMs: readonly number[];
  private readonly aggregates: readonly CompiledAggregate[];
  private readonly retentionMs: number;
  private readonly values: Float64Array;
  private readonly firsts: Int32Array;
  private sinceSweep = 0;
  private liveRows = 0;

  constructor(view: FeatureView, historyMs: number) {
    this.view = view;
    this.fields = [...new Set(view.aggregates.filter((each) => each.function !== 'count').map(({ field }) => field))];
    this.windowsMs = [...new Set(view.aggregates.map(({ window }) => durationMs(window)))];
    this.aggregates = view.aggregates.map((aggregate) => ({
      function: aggregate.function,
      field: this.fields.indexOf(aggregate.field),
      window: this.windowsMs.indexOf(durationMs(aggregate.window)),
    }));
    this.retentionMs = Math.max(...this.windowsMs) + historyMs;
    this.values = new Float64Array(this.fields.length);
    this.firsts = new Int32Array(this.windowsMs.length);
  }

  private get horizonMs(): number {
    return (this.newest[witnesses - 1] ?? -Infinity) - this.retentionMs;
  }

  /** Takes a row in; false where it has no entity, no time, or is older than what is kept. */
  fold(row: StreamRow): boolean {
    const key = entityKey(this.view.entity, row.values);
    const known = row.values[this.view.knownAt];
    const timeMs = known === undefined || known === null ? row.eventTimeMs : timestampMs(known);
    if (key === null || !Number.isFinite(timeMs) || timeMs <= Math.max(this.horizonMs, this.sweptUntil)) return false;
    for (let field = 0; field < this.fields.length; field++) {
      this.values[field] = numericValue(row.values[this.fields[field] ?? '']);
    }
    let rows = this.entities.get(key);
    if (rows === undefined) {
      rows = new EntityRows(this.fields.length, 8, this.sweptUntil);
      this.entities.set(key, rows);
    }
    if (rows.isFull) rows.evict(this.horizonMs);
    rows.insert(timeMs, this.values);
    this.witness(timeMs);
    this.sinceSweep++;
    if (this.sinceSweep > 1_024 && this.sinceSweep * 2 > this.liveRows) this.sweep();
    return true;
  }

  private witness(timeMs: number): void {
    const { newest } = this;
    if (timeMs <= (newest[witnesses - 1] ?? 0)) return;
    let place = witnesses - 1;
    while (place > 0 && (newest[place - 1] ?? 0) < timeMs) {
      newest[place] = newest[place - 1] ?? 0;
      place--;
    }
    newest[place] = timeMs;
  }

  private sweep(): void {
    const horizonMs = this.horizonMs;
    this.sinceSweep = 0;
    this.liveRows = 0;
    for (const [key, rows] of this.entities) {
      rows.evict(horizonMs);
      if (rows.rows === 0) this.entities.delete(key);
      else if (rows.rows * 4 * rows.stride < rows.data.length && rows.data.length > 8 * rows.stride) rows.resize();
      this.liveRows += rows.rows;
    }
    this.sweptUntil = Math.max(this.sweptUntil, horizonMs);
  }

  /** The aggregates over (t − window, t] of one entity, in the view's order, into `out` from `offset` on. */
  lookup(key: string | null, atMs: number, out: Float64Array, offset = 0): void {
    const rows = key === null ? undefined : this.entities.get(key);
    const evictedUntil = key === null ? -Infinity : (rows?.evictedUntil ?? this.sweptUntil);
    const until = rows?.after(atMs) ?? 0;
    if (rows) {
      for (let window = 0; window < this.windowsMs.length; window++) {
        this.firsts[window] = rows.after(atMs - (this.windowsMs[window] ?? 0));
      }
    }
    for (let index = 0; index < this.aggregates.length; index++) {
      const aggregate = this.aggregates[index];
      if (aggregate === undefined) continue;
      const whole = atMs - (this.windowsMs[aggregate.window] ?? 0) >= evictedUntil;
      const first = this.firsts[aggregate.window] ?? 0;
      out[offset + index] = whole ? valueOf(aggregate, rows, first, until) : Number.NaN;
    }
  }
}

function valueOf(aggregate: CompiledAggregate, rows: EntityRows | undefined, first: number, until: number): number {
  if (rows === undefined) return aggregate.function === 'mean' ? Number.NaN : 0;
  if (aggregate.function === 'count') return until - first;
  const sum = rows.sum(aggregate.field, first, until);
  return aggregate.function === 'sum' ? sum : sum / rows.count(aggregate.field, first, until);
}
