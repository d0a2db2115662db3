import type { DataStatus, Wheel } from '@mulle/contract';
import type { ActivityService } from '#domains/activity/index.ts';
import type { DataStatuses } from '#domains/endpoints/index.ts';
import type { ReleaseService } from '#domains/releases/index.ts';
import { limits } from '#kernel/limits.ts';
import { deriveWheel, type WheelRecord } from './derive-wheel.ts';

export interface WheelServiceOptions {
  readonly activity: Pick<ActivityService, 'list'>;
  readonly releases: Pick<ReleaseService, 'contending'>;
  readonly statuses: () => Promise<DataStatuses>;
}

/** The wheel as the last thousand activities tell it. */
export class WheelService {
  readonly #options: WheelServiceOptions;

  constructor(options: WheelServiceOptions) {
    this.#options = options;
  }

  async read(): Promise<Wheel> {
    const { activity, releases, statuses } = this.#options;
    const [{ items }, contending, { processes }] = await Promise.all([
      activity.list({ limit: limits.pageSize }),
      releases.contending(),
      statuses(),
    ]);
    return deriveWheel({ activities: items.toReversed(), contending, serving: servingOf(processes) });
  }
}

function servingOf(processes: readonly DataStatus[]): WheelRecord['serving'] {
  if (processes.length === 0) return null;
  const endpoints = processes.flatMap((process) => process.endpoints);
  const hosts = endpoints.flatMap((endpoint) => endpoint.hosts);
  return {
    requests: endpoints.reduce((sum, endpoint) => sum + endpoint.requests, 0),
    hosts: hosts.length,
    hostsDown: hosts.filter(({ state }) => state === 'restarting').length,
  };
}
