/**
 * Online rolling aggregates: what a feature view's windows hold at any moment, exactly, row by row.
 *
 * A row counts from its `knownAt` on: `lookup` at t sees the rows known in (t − window, t] and no later ones, also
 * when it is asked about a moment that has passed, so what is served is what a point-in-time join of the same rows
 * computes. Rows may come in any order; those older than what is kept are left out and counted. Folding a row twice
 * counts it twice: the caller folds each event once.
 *
 * Totals are sums of doubles: exact for whole numbers and booleans, and within rounding for others.
 */
import type { FeatureView } from '@mulle/contract';
import type { StreamRow } from './feature-values.ts';
import { ViewWindows } from './view-windows.ts';
import { readWindows, writeWindows } from './window-snapshot.ts';

export interface WindowStoreOptions {
  /** How far behind the newest rows a lookup may be and still find its windows whole; default one day. */
  readonly historyMs?: number;
}

export interface WindowStore {
  /** Takes rows of an endpoint's outcomes into every view of that stream. */
  fold(stream: string, rows: Iterable<StreamRow>): void;
  /**
   * The view's aggregates of an entity (`entityKey`; null: unknown) at a time, in the view's order, into `out` (default: a new
   * array). Where no row is in the window count and sum are 0 and mean is NaN. NaN too where the window reaches back
   * beyond what is kept. Throws RangeError on an unknown view.
   */
  lookup(view: string, key: string | null, atMs: number, out?: Float64Array): Float64Array;
  /** Rows held now, and rows left out since the start for want of an entity or a time, or as too old. */
  status(): { readonly rows: number; readonly entities: number; readonly leftOut: number };
  /** Everything held, as bytes with a checksum. */
  serialize(): Uint8Array;
  /**
   * Replaces what is held. Views defined otherwise than when the bytes were written start empty. Returns the names of
   * the views restored; throws RangeError on bytes that are damaged, and nothing is changed.
   */
  restore(bytes: Uint8Array): string[];
}

const dayMs = 86_400_000;

export function createWindowStore(views: readonly FeatureView[], options: WindowStoreOptions = {}): WindowStore {
  const historyMs = options.historyMs ?? dayMs;
  let windows = new Map(views.map((view) => [view.name, new ViewWindows(view, historyMs)]));
  let leftOut = 0;
  return {
    fold(stream, rows) {
      const folding = [...windows.values()].filter(({ view }) => view.stream === stream);
      for (const row of rows) for (const each of folding) if (!each.fold(row)) leftOut++;
    },
    lookup(view, key, atMs, out) {
      const found = windows.get(view);
      if (!found) throw new RangeError(`There is no feature view "${view}" in this store.`);
      const result = out ?? new Float64Array(found.view.aggregates.length);
      found.lookup(key, atMs, result);
      return result;
    },
    status() {
      let rows = 0;
      let entities = 0;
      for (const each of windows.values()) {
        entities += each.entities.size;
        for (const entity of each.entities.values()) rows += entity.rows;
      }
      return { rows, entities, leftOut };
    },
    serialize: () => writeWindows([...windows.values()]),
    restore(bytes) {
      const next = new Map(views.map((view) => [view.name, new ViewWindows(view, historyMs)]));
      const restored = readWindows(bytes, next);
      windows = next;
      return restored;
    },
  };
}
