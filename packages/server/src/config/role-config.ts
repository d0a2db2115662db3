import type { Config } from './load-config.ts';
import { roleConfig } from './process-environment.ts';

/** What the supervisor hands to each role: the configuration, and where the others are. */
export interface RoleConfig {
  config: Config;
  /** Name of this process among its kind, e.g. `data-0`. */
  process: string;
  controlUrl: string;
  dataUrls: readonly string[];
}

/** Reads what the supervisor handed over; throws when this process was not started by one. */
export function readRoleConfig(): RoleConfig {
  // Written by our own supervisor of the same version a moment ago, from checked values.
  return roleConfig() as RoleConfig;
}
