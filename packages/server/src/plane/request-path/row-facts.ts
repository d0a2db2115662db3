import type { Exchange } from './exchange.ts';

/** A row's inputs by name, as expressions see them. */
export function inputsOf({ endpoint, rows }: Exchange, row: number): Record<string, unknown> {
  const inputs: Record<string, unknown> = {};
  const values = rows[row] ?? [];
  for (let index = 0; index < values.length; index++) inputs[endpoint.fields[index]?.name ?? ''] = values[index];
  return inputs;
}

/** A row's features by name; null is missing. */
export function featuresOf({ endpoint, features }: Exchange, row: number): Record<string, unknown> {
  const { names } = endpoint.features;
  const named: Record<string, unknown> = {};
  for (let index = 0; index < names.length; index++) {
    const value = features[row * names.length + index] ?? Number.NaN;
    named[names[index] ?? ''] = Number.isNaN(value) ? null : value;
  }
  return named;
}
