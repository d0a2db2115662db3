import { topics, type StoredEvent, type Topic } from '@mulle/contract';
import { MulleError } from '#kernel/errors.ts';
import { exportEvents, type JournalReader } from '#platform/events/index.ts';
import type { Handlers } from '../handler.ts';

function knownTopic(text: string): Topic {
  const topic = topics.find((one) => one === text);
  if (topic === undefined)
    throw new MulleError('invalid_argument', `There is no topic "${text}". Topics: ${topics.join(', ')}.`);
  return topic;
}

async function* ofKey(events: AsyncIterable<StoredEvent>, key: string | undefined): AsyncGenerator<StoredEvent> {
  for await (const event of events) if (key === undefined || event.key === key) yield event;
}

export function eventsHandlers(reader: JournalReader): Pick<Handlers, 'exportEvents'> {
  return {
    exportEvents: async ({ query: { topic, key, ...window } }) => {
      const events = exportEvents(reader, {
        ...(topic === undefined ? {} : { topics: [knownTopic(topic)] }),
        ...window,
      });
      return ofKey(events, key);
    },
  };
}
