import { Decision, fits, RecordedOutcome, ShadowAnswer, type StoredEvent, type Topic } from '@mulle/contract';

/** What the analyser reads. */
export const analysedTopics: readonly Topic[] = ['decisions', 'outcomes', 'shadows'];

/** An event with its value checked; `timeMs` is the wall clock of its writer. */
export type DecodedEvent =
  | { kind: 'decision'; id: string; timeMs: number; decision: Decision }
  | { kind: 'outcome'; id: string; timeMs: number; outcome: RecordedOutcome }
  | { kind: 'shadow'; id: string; timeMs: number; answer: ShadowAnswer };

/** Null for an event of another kind, or whose value is not what its topic holds. */
export function decodeEvent({ id, topic, timeMs, value }: StoredEvent): DecodedEvent | null {
  if (topic === 'decisions') return fits(Decision, value) ? { kind: 'decision', id, timeMs, decision: value } : null;
  if (topic === 'shadows') return fits(ShadowAnswer, value) ? { kind: 'shadow', id, timeMs, answer: value } : null;
  return topic === 'outcomes' && fits(RecordedOutcome, value) ? { kind: 'outcome', id, timeMs, outcome: value } : null;
}

/**
 * Lays the events of several writers side by side by their clocks. Events of one writer stay in the order of their
 * offsets whatever their times say, so that with one writer the order does not depend on where reads ended.
 */
export function mergeByTime(events: readonly StoredEvent[]): StoredEvent[] {
  const queues = [...Map.groupBy(events, ({ writer }) => writer).values()];
  if (queues.length < 2) return [...events];
  const heads = queues.map(() => 0);
  return events.map((fallback) => {
    let chosen = -1;
    let least = Infinity;
    for (const [index, queue] of queues.entries()) {
      const head = queue[heads[index] ?? 0];
      if (head !== undefined && head.timeMs < least) {
        least = head.timeMs;
        chosen = index;
      }
    }
    const at = heads[chosen] ?? 0;
    heads[chosen] = at + 1;
    return queues[chosen]?.[at] ?? fallback;
  });
}
