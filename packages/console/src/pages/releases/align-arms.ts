import type { EvidenceSeries } from '@mulle/contract';

/** One figure of several arms on one axis of time; null where an arm was not read. */
export function alignArms(
  series: readonly EvidenceSeries[],
  groups: readonly string[],
  of: 'share' | 'chanceBest',
): { times: number[]; values: (number | null)[][] } {
  const byArm = groups.map((group) => {
    const read = series
      .filter((each) => each.group === group)
      .flatMap(({ points }) =>
        points.flatMap((point) => (point[of] === undefined ? [] : [[point.atMs, point[of]] as const])),
      );
    return new Map(read);
  });
  const times = [...new Set(byArm.flatMap((arm) => [...arm.keys()]))].sort((a, b) => a - b);
  return { times, values: byArm.map((arm) => times.map((atMs) => arm.get(atMs) ?? null)) };
}
