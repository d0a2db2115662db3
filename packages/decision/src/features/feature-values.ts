/** A row of inputs or outcome values by column: numbers, booleans, text, or nothing. Timestamps as ms or ISO 8601. */
export type FeatureRow = Readonly<Record<string, unknown>>;

/** A row of a stream; `eventTimeMs` stands in for the `knownAt` column of a view where the values do not carry it. */
export interface StreamRow {
  readonly eventTimeMs: number;
  readonly values: FeatureRow;
}

const withoutZone = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/;

/** Milliseconds since the epoch of a number of ms, a Date or an ISO 8601 text (UTC where it names no zone); NaN of anything else. */
export function timestampMs(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string') return Date.parse(withoutZone.test(value) ? `${value.replace(' ', 'T')}Z` : value);
  return value instanceof Date ? value.getTime() : Number.NaN;
}

/** A finite number, or a boolean as 0 or 1; NaN of anything else. */
export function numericValue(value: unknown): number {
  if (typeof value === 'number') return Number.isFinite(value) ? value : Number.NaN;
  return typeof value === 'boolean' ? Number(value) : Number.NaN;
}

function part(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}

/** The key of an entity of one or more columns; null where a column is missing: such a row is no entity's. */
export function entityKey(fields: readonly string[], row: FeatureRow): string | null {
  if (fields.length === 1) return part(row[fields[0] ?? '']);
  let key = '';
  for (const field of fields) {
    const text = part(row[field]);
    if (text === null) return null;
    // The length in front keeps ('a', 'bc') apart from ('ab', 'c').
    key += `${text.length}:${text}`;
  }
  return key;
}
