import type { FieldValue } from '../serving/field-check.ts';
import type { Exchange } from './exchange.ts';

/** An input of a row, else its feature of that name; null where neither has a value. Recorded decisions are read alike. */
export function fieldOf({ endpoint, rows, features }: Exchange, row: number, field: string): FieldValue {
  const input = rows[row]?.[endpoint.fieldIndex.get(field) ?? -1] ?? null;
  if (input !== null) return input;
  const { names } = endpoint.features;
  const at = names.indexOf(field);
  const value = at < 0 ? Number.NaN : (features[row * names.length + at] ?? Number.NaN);
  return Number.isNaN(value) ? null : value;
}
