import { MulleError } from '#kernel/errors.ts';

/**
 * Features column by column: `columns[f][row]`, all of length `rows`, NaN = missing. The names are the columns of the
 * model's input tensor, in order.
 */
export interface FeatureMatrix {
  readonly names: readonly string[];
  readonly columns: readonly Float32Array[];
  readonly rows: number;
}

/** Rows to learn from. Labels are 0 or 1 for classification; weights, where given, are finite and ≥ 0. */
export interface LabelledMatrix {
  readonly features: FeatureMatrix;
  readonly label: Float32Array | Uint8Array;
  readonly weight?: Float32Array;
}

/** Checks names and lengths; throws `invalid_shape`. Columns are kept, not copied. */
export function featureMatrix(names: readonly string[], columns: readonly Float32Array[]): FeatureMatrix {
  if (names.length === 0 || names.length !== columns.length)
    throw new MulleError(
      'invalid_shape',
      `${names.length} feature names for ${columns.length} columns: give one each.`,
    );
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  if (repeated !== undefined)
    throw new MulleError('invalid_shape', `The feature '${repeated}' is there twice: names must differ.`);
  const rows = columns[0]?.length ?? 0;
  columns.forEach((column, f) => {
    if (column.length !== rows)
      throw new MulleError('invalid_shape', `Column '${names[f]}' has ${column.length} rows, '${names[0]}' ${rows}.`);
  });
  return { names, columns, rows };
}

/** Rows `from` (inclusive) to `until` (exclusive), as views on the same memory. */
export function sliceRows(matrix: FeatureMatrix, from: number, until: number): FeatureMatrix {
  const columns = matrix.columns.map((column) => column.subarray(from, until));
  return { names: matrix.names, columns, rows: columns[0]?.length ?? 0 };
}

/** Throws `missing_feature` unless the matrix has exactly these features in this order. */
export function assertFeatures(matrix: FeatureMatrix, names: readonly string[]): void {
  if (matrix.names.length === names.length && names.every((name, f) => matrix.names[f] === name)) return;
  throw new MulleError(
    'missing_feature',
    `The model reads [${names.join(', ')}] in this order, the matrix has [${matrix.names.join(', ')}].`,
  );
}

/** Throws `invalid_shape` or `invalid_argument` when labels or weights cannot be learned from. */
export function assertLabelled(data: LabelledMatrix, binary: boolean): void {
  const { label, weight, features } = data;
  if (features.rows === 0) throw new MulleError('invalid_shape', 'There are no rows to learn from.');
  if (label.length !== features.rows || (weight !== undefined && weight.length !== features.rows))
    throw new MulleError('invalid_shape', `Labels and weights must have ${features.rows} rows, as the features have.`);
  const badLabel = label.findIndex((value) => (binary ? value !== 0 && value !== 1 : !Number.isFinite(value)));
  if (badLabel >= 0)
    throw new MulleError(
      'invalid_argument',
      `Label ${label[badLabel]} in row ${badLabel}: ${binary ? 'a binary label is 0 or 1' : 'a label is finite'}.`,
    );
  const badWeight = weight?.findIndex((value) => !(value >= 0 && value < Infinity)) ?? -1;
  if (badWeight >= 0)
    throw new MulleError('invalid_argument', `Weight ${weight?.[badWeight]} in row ${badWeight}: finite and ≥ 0 only.`);
  if (!(totalWeight(data) > 0)) throw new MulleError('invalid_argument', 'All weights are 0.');
}

/** Sum of weights, or the number of rows where there are none. */
export function totalWeight(data: LabelledMatrix): number {
  return data.weight === undefined ? data.features.rows : data.weight.reduce((sum, value) => sum + value, 0);
}

/** Weighted mean of the label. */
export function meanLabel(data: LabelledMatrix): number {
  let sum = 0;
  for (let i = 0; i < data.features.rows; i++) sum += (data.label[i] ?? 0) * (data.weight?.[i] ?? 1);
  return sum / totalWeight(data);
}
