import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { StoredEvent } from '@mulle/contract';
import type { Session } from './session.ts';

/** The events of a topic and key, one by one: the log may be larger than memory, what is kept of it is not. */
export async function* exportedEvents(session: Session, topic: string, key: string): AsyncGenerator<StoredEvent> {
  const response = await session.control.stream('exportEvents', { query: { topic, key } });
  if (response.body === null) return;
  for await (const line of createInterface({ input: Readable.from(response.body) })) {
    if (line !== '') yield JSON.parse(line) as StoredEvent;
  }
}
