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

/** A limit this many times above all readings would press them flat; it is told at the edge instead. */
const farLimit = 4;

export interface EvidenceDomain {
  readonly range: readonly [number, number];
  /** Whether the limit lies above the picture. */
  readonly limitAbove: boolean;
}

/**
 * What the vertical axis holds: zero, the band once it has begun to close, and the limit unless it is far above. The
 * first quarter of the band is wide for want of data and may leave the picture.
 */
export function evidenceDomain(points: readonly EvidencePoint[], limit: number, incumbent: number): EvidenceDomain {
  const settled = points.slice(Math.min(Math.floor(points.length / 4), points.length - 1));
  const readings = settled.flatMap(({ low, high }) => [low, high]);
  const low = Math.min(0, incumbent, ...readings);
  const high = Math.max(0, incumbent, ...readings);
  const limitAbove = high > 0 && limit > high * farLimit;
  const top = limitAbove ? high : Math.max(high, limit);
  const room = (top - low || 1) * 0.14;
  return { range: [low < 0 ? low - room : low, top + room], limitAbove };
}
