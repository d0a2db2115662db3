/**
 * Steps that stand for all steps of several runs: every n-th of those that any run has, at most `most` and the last, and
 * beside them the first and last step of each run, so that no curve is cut short.
 */
export function sampledSteps(
  stepsOfRuns: readonly (readonly number[])[],
  within: { readonly from: number; readonly until: number } | undefined,
  most: number,
): ReadonlySet<number> {
  const isWithin = (step: number): boolean => within === undefined || (step >= within.from && step <= within.until);
  const ends = stepsOfRuns.flatMap((steps) => (steps.length === 0 ? [] : endsOf(steps)));
  const all = [...new Set(stepsOfRuns.flat())].filter(isWithin).toSorted((one, other) => one - other);
  const interval = all.length / most;
  const sampled =
    interval <= 1 ? all : Array.from({ length: most }, (_, index) => all[Math.floor(index * interval)] ?? 0);
  const last = all.at(-1);
  return new Set([...sampled, ...(last === undefined ? [] : [last]), ...ends.filter(isWithin)]);
}

function endsOf(steps: readonly number[]): [number, number] {
  let [least, greatest] = [Infinity, -Infinity];
  for (const step of steps) {
    least = Math.min(least, step);
    greatest = Math.max(greatest, step);
  }
  return [least, greatest];
}
