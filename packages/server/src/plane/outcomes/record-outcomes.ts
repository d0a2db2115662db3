import { misfitOf, fits, RecordOutcomes, type NewEvent, type Outcome } from '@mulle/contract';
import { nowMs } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { EventLog } from '../request-path/exchange.ts';
import { outcomeKey, type FoldedOutcome, type OnlineFeatures } from './online-features.ts';

function checkedOutcomes(value: unknown): readonly Outcome[] {
  if (fits(RecordOutcomes, value)) return value.outcomes;
  const misfit = misfitOf(RecordOutcomes, value);
  throw new MulleError(
    misfit?.isUnknownField === true ? 'unknown_field' : 'invalid_argument',
    `The outcomes are not valid at ${misfit?.pointer || '/'}: ${misfit?.message ?? 'see the API reference'}.`,
  );
}

/**
 * Records outcomes: durable, then folded into the online features, then answered. An id that was recorded of late is
 * counted and not recorded again. Rejects with `storage_full`, and then nothing of the call is recorded.
 */
export async function recordOutcomes(
  endpoint: string,
  requestBody: unknown,
  events: EventLog,
  features: OnlineFeatures,
): Promise<number> {
  const outcomes = checkedOutcomes(requestBody);
  const timeMs = nowMs();
  const fresh = new Map<string, { event: NewEvent; folded: FoldedOutcome }>();
  const waiting = new Set<Promise<void>>();
  for (const { id, decisionId = null, eventTimeMs = timeMs, values } of outcomes) {
    const eventId = id ?? newId('out');
    const key = outcomeKey(endpoint, eventId);
    const known = features.recentIds.get(key);
    if (known !== undefined && known !== null) waiting.add(known);
    if (known !== undefined || fresh.has(key)) continue;
    const value = { endpoint, decisionId, eventTimeMs, values };
    fresh.set(key, {
      event: { topic: 'outcomes', type: 'outcome-recorded', key: endpoint, id: eventId, timeMs, value },
      folded: value,
    });
  }
  const all = [...fresh.values()];
  if (all.length > 0) {
    const commit = events
      .appendDurable(all.map(({ event }) => event))
      .then(() => features.fold(all.map(({ folded }) => folded)));
    features.recentIds.begin([...fresh.keys()], commit);
    waiting.add(commit);
  }
  await Promise.all(waiting);
  return outcomes.length;
}
