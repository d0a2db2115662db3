/** One reading of a gate: the estimate with its always-valid interval, at a step of the release. */
export interface EvidencePoint {
  readonly atMs: number;
  readonly step: number;
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/** Linear map from a domain to pixels. */
export type Scale = (value: number) => number;

export function linear([from, to]: readonly [number, number], [start, end]: readonly [number, number]): Scale {
  return (value) => start + ((value - from) / (to - from || 1)) * (end - start);
}

/**
 * What the vertical axis must hold: the limit, zero, and the band once it has begun to close. The first quarter of the
 * band is wide for want of data and may leave the picture.
 */
export function evidenceDomain(points: readonly EvidencePoint[], limit: number): [number, number] {
  const settled = points.slice(Math.min(Math.floor(points.length / 4), points.length - 1));
  const low = Math.min(0, limit, ...settled.map((point) => point.low));
  const high = Math.max(0, limit, ...settled.map((point) => point.high));
  const room = (high - low || 1) * 0.12;
  return [low < 0 ? low - room : low, high + room];
}
