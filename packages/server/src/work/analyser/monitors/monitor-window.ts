import type { MonitorDefinition, MonitorWindow, NewFinding, Severity } from '@mulle/contract';

/** A window that is full, and what was found in it. */
export interface ClosedWindow {
  window: MonitorWindow;
  findings: NewFinding[];
}

/** Event time and size of the window that fills. */
export interface Extent {
  rows: number;
  fromMs: number;
  toMs: number;
}

/** A condition that holds over consecutive windows: told when it begins, and once more if it becomes graver. */
export interface Episode {
  windows: number;
  severity: Severity;
}

export const emptyExtent = (): Extent => ({ rows: 0, fromMs: 0, toMs: 0 });

export function extend(extent: Extent, eventTimeMs: number): void {
  extent.fromMs = extent.rows === 0 ? eventTimeMs : Math.min(extent.fromMs, eventTimeMs);
  extent.toMs = extent.rows === 0 ? eventTimeMs : Math.max(extent.toMs, eventTimeMs);
  extent.rows += 1;
}

/**
 * The bounds of a window that closes after `last`. Control records a window once by its bounds, so windows within one
 * instant of event time (days without hours, say) are told apart by a millisecond each.
 */
export function closeExtent(extent: Extent, last: Extent | null): Extent {
  const same = last !== null && extent.fromMs === last.fromMs && extent.toMs <= last.toMs;
  return same ? { ...extent, toMs: last.toMs + 1 } : extent;
}

export function windowOf(
  definition: MonitorDefinition,
  { fromMs, toMs, rows }: Extent,
  values: MonitorWindow['values'],
  createdAtMs: number,
): MonitorWindow {
  return { monitor: definition.name, endpoint: definition.endpoint, fromMs, toMs, rows, values, createdAtMs };
}

/** What every finding of a monitor's window has in common. */
export function findingOf(
  definition: MonitorDefinition,
  { fromMs, toMs, rows }: Extent,
  finding: Pick<NewFinding, 'kind' | 'severity' | 'subject' | 'statistics' | 'message' | 'recommendation'>,
): NewFinding {
  return {
    ...finding,
    monitor: definition.name,
    endpoint: definition.endpoint,
    dataset: null,
    window: { fromMs, toMs, rows },
    causeId: null,
  };
}

const gravity: Readonly<Record<Severity, number>> = { info: 0, warning: 1, critical: 2 };

/** The episode after a window in which the condition held with this severity (null: it did not), and whether to tell. */
export function nextEpisode(
  episode: Episode | null,
  severity: Severity | null,
): { episode: Episode | null; tell: boolean } {
  if (severity === null) return { episode: null, tell: false };
  if (episode === null) return { episode: { windows: 1, severity }, tell: true };
  const graver = gravity[severity] > gravity[episode.severity];
  return { episode: { windows: episode.windows + 1, severity: graver ? severity : episode.severity }, tell: graver };
}

/** A figure in a message: four significant digits. */
export const figure = (value: number): string => String(Number(value.toPrecision(4)));

/** A share in a message. */
export const percent = (share: number): string => `${figure(share * 100)} %`;
