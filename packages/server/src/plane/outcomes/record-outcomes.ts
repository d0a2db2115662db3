import { RecordOutcomes } from '@mulle/contract';
import { nowMs } from '#kernel/clock.ts';
import { newId } from '#kernel/ids.ts';
import type { EventLog } from '../request-path/exchange.ts';
import { checkedBody } from './checked-body.ts';
import { outcomeKey, type OnlineFeatures } from './online-features.ts';
import { recordOnce } from './record-once.ts';

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
  const { outcomes } = checkedBody(RecordOutcomes, requestBody, 'The outcomes are');
  const timeMs = nowMs();
  const recordables = outcomes.map(({ id = newId('out'), decisionId = null, eventTimeMs = timeMs, values }) => {
    const value = { endpoint, decisionId, eventTimeMs, values };
    const event = { topic: 'outcomes', type: 'outcome-recorded', key: endpoint, id, timeMs, value } as const;
    return { key: outcomeKey(endpoint, id), event, folded: value };
  });
  await recordOnce(recordables, features.recentIds, events, (fresh) =>
    features.fold(fresh.map(({ folded }) => folded)),
  );
  return outcomes.length;
}
