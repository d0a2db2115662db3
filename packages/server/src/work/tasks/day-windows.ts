/** A half-open window [fromMs, toMs) of event time. */
export interface Window {
  fromMs: number;
  toMs: number;
}

export const dayMs = 86_400_000;

export function startOfDay(ms: number): number {
  return Math.floor(ms / dayMs) * dayMs;
}

function overlaps(window: Window, others: readonly Window[]): boolean {
  return others.some((other) => other.fromMs < window.toMs && other.toMs > window.fromMs);
}

/**
 * The UTC days of [fromMs, untilMs) that are complete and not yet spoken for. A day that starts before `fromMs` or
 * ends after `untilMs` is not complete.
 */
export function missingDays(fromMs: number, untilMs: number, held: readonly Window[]): Window[] {
  const windows: Window[] = [];
  const first = Math.ceil(fromMs / dayMs) * dayMs;
  for (let start = first; start + dayMs <= untilMs; start += dayMs) {
    const window = { fromMs: start, toMs: start + dayMs };
    if (!overlaps(window, held)) windows.push(window);
  }
  return windows;
}
