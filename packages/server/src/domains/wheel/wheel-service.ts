import type { Wheel } from '@mulle/contract';
import type { ActivityService } from '#domains/activity/index.ts';
import type { DataStatuses } from '#domains/endpoints/index.ts';
import type { ReleaseService } from '#domains/releases/index.ts';
import { limits } from '#kernel/limits.ts';
import { deriveWheel } from './derive-wheel.ts';

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
    const endpoints = processes.flatMap((process) => process.endpoints);
    const requests = processes.length === 0 ? null : endpoints.reduce((sum, endpoint) => sum + endpoint.requests, 0);
    return deriveWheel({ activities: items.toReversed(), contending, requests });
  }
}
