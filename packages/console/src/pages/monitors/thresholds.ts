import type { MonitorDefinition } from '@mulle/contract';

/** The threshold of a value of a monitor's windows, where it is absolute; the defaults are the platform's. */
export function thresholdOf(monitor: MonitorDefinition, value: string): number | undefined {
  switch (monitor.kind) {
    case 'drift':
    case 'prediction-drift':
    case 'label-drift':
      return value.endsWith('.psi') ? (monitor.psi ?? 0.25) : undefined;
    case 'quality':
      return value === 'calibrationError' ? (monitor.maxCalibrationError ?? 0.1) : undefined;
    case 'requests':
      return /violation/i.test(value) ? (monitor.maxViolationRate ?? 0.01) : undefined;
  }
}
