import { RecordExposures, type Decision, type Exposure } from '@mulle/contract';
import { nowMs } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { EventLog } from '../request-path/exchange.ts';
import type { Serving, ServingEndpoint, ServingRelease } from '../serving/serving.ts';
import { checkedBody } from './checked-body.ts';
import type { RecentIds } from './recent-ids.ts';
import { recordOnce } from './record-once.ts';

export interface ExposureSinks {
  readonly events: EventLog;
  readonly recentIds: RecentIds;
  readonly dialsEpoch: number;
}

/** The probability of the arm, where it holds for the whole release; null where it was not told and changes with time. */
function fixedShare({ compiled }: ServingRelease, group: string): number | null {
  return compiled.ranges === undefined ? null : (compiled.weights[group] ?? null);
}

function decisionOf(
  { unit, releaseId, group, propensity, inputs = {} }: Exposure,
  { name, release }: ServingEndpoint,
  requestId: string,
  eventTimeMs: number,
): Omit<Decision, 'definitionsVersion' | 'dialsEpoch'> {
  const live = release?.id === releaseId ? release : null;
  const arm = live?.compiled.groups.find((one) => one.name === group);
  if (live !== null && arm === undefined) {
    const arms = live.compiled.groups.map((one) => one.name).join(', ');
    throw new MulleError('invalid_argument', `Release ${releaseId} has no group "${group}". It has: ${arms}.`);
  }
  return {
    endpoint: name,
    requestId,
    eventTimeMs,
    unit,
    releaseId,
    group,
    pinned: false,
    assignedVariant: arm?.variantId ?? null,
    servedVariant: arm?.variantId ?? null,
    propensity: propensity ?? (live && fixedShare(live, group)),
    source: 'client',
    ageMs: 0,
    inputs,
    features: {},
    violations: [],
    score: null,
    errorCode: null,
    latencyMs: 0,
    stagesUs: {},
  };
}

/** Records exposures, durable before it answers; returns their ids, in the order of the body. Throws as `recordOutcomes`. */
export async function recordExposures(
  serving: Serving,
  endpoint: ServingEndpoint,
  requestBody: unknown,
  { events, recentIds, dialsEpoch }: ExposureSinks,
): Promise<string[]> {
  const { exposures } = checkedBody(RecordExposures, requestBody, 'The exposures are');
  const timeMs = nowMs();
  const made = exposures.map((exposure) => {
    const id = exposure.id ?? newId('exp');
    const decision = decisionOf(exposure, endpoint, id, exposure.eventTimeMs ?? timeMs);
    const value = { ...decision, definitionsVersion: serving.version, dialsEpoch };
    const event = { topic: 'decisions', type: 'exposure-recorded', key: endpoint.name, id, timeMs, value } as const;
    return { key: `exposure ${endpoint.name} ${id}`, event };
  });
  await recordOnce(made, recentIds, events);
  return made.map(({ event }) => event.id);
}
