import type { FeatureReference, FeatureView } from '@mulle/contract';
import { entityKey, type FeatureRow } from './feature-values.ts';
import { transformValue } from './transforms.ts';
import type { WindowStore } from './window-store.ts';

export interface FeatureEncoder {
  /** The features in order: the columns of the model's input tensor. */
  readonly names: readonly string[];
  /**
   * Writes one row of features into `out` from `offset` on, as they are known at `atMs` (the service's event time);
   * NaN = missing, as is what single precision cannot hold: training reads the same features in single precision.
   */
  encode(row: FeatureRow, atMs: number, store: WindowStore, out: Float32Array | Float64Array, offset?: number): void;
}

interface ViewReading {
  readonly view: FeatureView;
  readonly scratch: Float64Array;
  /** Feature's place in the row, and the aggregate's in the view. */
  readonly features: readonly { readonly place: number; readonly aggregate: number }[];
}

function viewReadings(references: readonly FeatureReference[], views: readonly FeatureView[]): ViewReading[] {
  const byView = new Map<string, { place: number; aggregate: number }[]>();
  const viewOf = (name: string): FeatureView => {
    const view = views.find((each) => each.name === name);
    if (!view) throw new RangeError(`There is no feature view "${name}".`);
    return view;
  };
  for (const [place, reference] of references.entries()) {
    if (!('view' in reference)) continue;
    const aggregate = viewOf(reference.view).aggregates.findIndex(({ name }) => name === reference.aggregate);
    if (aggregate < 0) throw new RangeError(`The feature view "${reference.view}" has no "${reference.aggregate}".`);
    byView.set(reference.view, [...(byView.get(reference.view) ?? []), { place, aggregate }]);
  }
  return [...byView].map(([name, features]) => {
    const view = viewOf(name);
    return { view, features, scratch: new Float64Array(view.aggregates.length) };
  });
}

/** An encoder for the references of a feature service. Throws RangeError on a view or aggregate that is not there. */
export function createFeatureEncoder(
  references: readonly FeatureReference[],
  views: readonly FeatureView[],
): FeatureEncoder {
  const readings = viewReadings(references, views);
  const transforms = references.flatMap((reference, place) =>
    'transform' in reference ? [{ ...reference, place }] : [],
  );
  return {
    names: references.map(({ name }) => name),
    encode(row, atMs, store, out, offset = 0) {
      for (const { transform, field, place } of transforms) out[offset + place] = transformValue(transform, row[field]);
      for (const { view, scratch, features } of readings) {
        store.lookup(view.name, entityKey(view.entity, row), atMs, scratch);
        for (const { place, aggregate } of features) out[offset + place] = scratch[aggregate] ?? Number.NaN;
      }
      for (let place = offset; place < offset + references.length; place++) {
        const value = Math.fround(out[place] ?? Number.NaN);
        out[place] = Number.isFinite(value) ? value : Number.NaN;
      }
    },
  };
}
