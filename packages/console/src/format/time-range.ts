/** A span of time as the address holds it: `24h` back from now, or `2001-01-01..2001-02-01` of whole days here. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

export const relativeRanges = ['1h', '6h', '24h', '7d', '30d'] as const;
export type RelativeRange = (typeof relativeRanges)[number];

const hour = 3_600_000;
const lengthMs: Record<RelativeRange, number> = {
  '1h': hour,
  '6h': 6 * hour,
  '24h': 24 * hour,
  '7d': 168 * hour,
  '30d': 720 * hour,
};

/** The dates of an absolute range; undefined for what is none. */
export function rangeDates(text: string): readonly [from: string, to: string] | undefined {
  const [, from, to] = /^(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})$/.exec(text) ?? [];
  return from === undefined || to === undefined || from > to ? undefined : [from, to];
}

/** Undefined means all of time, as does a text that is no range. */
export function parseTimeRange(text: string, nowMs: number): TimeRange | undefined {
  const relative = relativeRanges.find((each) => each === text);
  if (relative !== undefined) return { fromMs: nowMs - lengthMs[relative], toMs: Infinity };
  const dates = rangeDates(text);
  if (dates === undefined) return undefined;
  const until = new Date(`${dates[1]}T00:00:00`);
  until.setDate(until.getDate() + 1);
  const range = { fromMs: Date.parse(`${dates[0]}T00:00:00`), toMs: until.getTime() };
  return Number.isNaN(range.fromMs + range.toMs) ? undefined : range;
}

/** Whether a moment lies in a range; its end is not part of it. */
export function within(range: TimeRange | undefined, atMs: number): boolean {
  return range === undefined || (atMs >= range.fromMs && atMs < range.toMs);
}
