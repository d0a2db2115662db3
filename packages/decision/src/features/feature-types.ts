/** A row of inputs or outcome values by column: numbers, booleans, text, or nothing. Timestamps as ms or ISO 8601. */
export type FeatureRow = Readonly<Record<string, unknown>>;

/** A row of a stream with the time at which it became known, for views whose `knownAt` column it does not carry. */
export interface StreamRow {
  readonly eventTimeMs: number;
  readonly values: FeatureRow;
}
