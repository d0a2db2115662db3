import type { MonitorDefinition } from '@mulle/contract';

/** The threshold of a value of a monitor's windows, where it is absolute; the defaults are the platform's. */
export function thresholdOf(monitor: MonitorDefinition, value: string): number | undefined {
  if (monitor.kind === 'drift' && value.endsWith('.psi')) return monitor.psi ?? 0.25;
  if (monitor.kind === 'requests' && /violation/i.test(value)) return monitor.maxViolationRate ?? 0.01;
  return undefined;
}
