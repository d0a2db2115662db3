import type { FeatureView, SnapshotEndpoint } from '@mulle/contract';
import { createFeatureEncoder, type WindowStore } from '@mulle/decision';
import type { FieldValue } from './field-check.ts';

/** Turns checked input values into the features of an endpoint. */
export interface RowFeatures {
  readonly names: readonly string[];
  /** Whether the inputs are the features, and whether all of them are numbers: then they are written down once. */
  readonly areInputs: boolean;
  readonly areNumericInputs: boolean;
  /** The time at which the row's features are looked up; `defaultMs` where the endpoint declares none. */
  eventTimeMs(values: readonly FieldValue[], defaultMs: number): number;
  /** Writes one row of features at `offset`; NaN = missing. */
  encode(values: readonly FieldValue[], atMs: number, store: WindowStore, out: Float64Array, offset: number): void;
}

/** Throws RangeError when a reference names a view or aggregate that the definitions do not hold. */
export function compileRowFeatures(endpoint: SnapshotEndpoint, views: readonly FeatureView[]): RowFeatures {
  const fields = endpoint.definition.inputs.map(({ name }) => name);
  if (endpoint.features === null) {
    return {
      names: fields,
      areInputs: true,
      areNumericInputs: endpoint.definition.inputs.every(({ type }) => type === 'number' || type === 'integer'),
      eventTimeMs: (_values, defaultMs) => defaultMs,
      encode(values, _atMs, _store, out, offset) {
        for (let index = 0; index < values.length; index++) {
          const value = values[index];
          out[offset + index] = value === null || typeof value === 'string' ? Number.NaN : Number(value);
        }
      },
    };
  }
  const encoder = createFeatureEncoder(endpoint.features.references, views);
  const eventTimeAt = fields.indexOf(endpoint.features.eventTime);
  return {
    names: encoder.names,
    areInputs: false,
    areNumericInputs: false,
    eventTimeMs(values, defaultMs) {
      const value = values[eventTimeAt];
      return typeof value === 'number' ? value : defaultMs;
    },
    encode(values, atMs, store, out, offset) {
      const row: Record<string, FieldValue> = {};
      for (let index = 0; index < fields.length; index++) row[fields[index] ?? ''] = values[index] ?? null;
      encoder.encode(row, atMs, store, out, offset);
    },
  };
}
