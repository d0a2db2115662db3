/** `sepal length (cm)` → `sepal_length_cm`: a column's name as a field can have it. */
function fieldNameOf(column: string): string {
  const name = column.replaceAll(/[^A-Za-z0-9_]+/g, '_').replaceAll(/^_+|_+$/g, '');
  return /^[A-Za-z]/.test(name) ? name.slice(0, 128) : `c_${name}`.slice(0, 128);
}

/** Names for columns, fit for fields. Those in another script than Latin have nothing that such a name may hold: they go by their places. */
export function columnFields(columns: readonly string[]): string[] {
  const names = columns.map(fieldNameOf);
  return new Set(names).size === names.length ? names : columns.map((_, index) => `c${index}`);
}
