import type { NewEvent } from '@mulle/contract';
import type { EventLog } from '../request-path/exchange.ts';
import type { RecentIds } from './recent-ids.ts';

export interface Recordable {
  /** By which a retry is known. */
  readonly key: string;
  readonly event: NewEvent;
}

/**
 * Makes events durable, those whose keys were not seen of late; a retry of one that is on its way waits for it.
 * `committed` is called with what is new. Rejects with `storage_full`, and then nothing of the call is recorded.
 */
export async function recordOnce<R extends Recordable>(
  recordables: readonly R[],
  recentIds: RecentIds,
  events: Pick<EventLog, 'appendDurable'>,
  committed: (fresh: readonly R[]) => void = () => undefined,
): Promise<void> {
  const fresh = new Map<string, R>();
  const waiting = new Set<Promise<void>>();
  for (const recordable of recordables) {
    const known = recentIds.get(recordable.key);
    if (known !== undefined && known !== null) waiting.add(known);
    if (known === undefined && !fresh.has(recordable.key)) fresh.set(recordable.key, recordable);
  }
  const all = [...fresh.values()];
  if (all.length > 0) {
    const commit = events.appendDurable(all.map(({ event }) => event)).then(() => committed(all));
    recentIds.begin([...fresh.keys()], commit);
    waiting.add(commit);
  }
  await Promise.all(waiting);
}
