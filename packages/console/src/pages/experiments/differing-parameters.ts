import type { Run } from '@mulle/contract';

/** Names of the parameters that not all runs have alike, in the order in which they first come. */
export function differingParameters(runs: readonly Pick<Run, 'parameters'>[]): string[] {
  const names = new Set(runs.flatMap(({ parameters }) => Object.keys(parameters)));
  return [...names].filter((name) => new Set(runs.map(({ parameters }) => parameters[name])).size > 1);
}

/** Where runs stand on one axis, 0…1: numbers by value, other texts by order; null where a run has none. */
export function axisPlaces(values: readonly (string | number | undefined)[]): (number | null)[] {
  const known = values.filter((value) => value !== undefined);
  const numbers = known.map(Number);
  if (numbers.every((value) => Number.isFinite(value))) {
    const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
    return values.map((value) =>
      value === undefined ? null : high === low ? 0.5 : (Number(value) - low) / (high - low),
    );
  }
  const order = [...new Set(known.map(String))].sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
  return values.map((value) =>
    value === undefined ? null : order.length === 1 ? 0.5 : order.indexOf(String(value)) / (order.length - 1),
  );
}
