import { topics as allTopics, type StoredEvent, type Topic } from '@mulle/contract';
import type { JournalReader } from './journal-reader.ts';

export interface ExportRequest {
  /** All topics when left out. */
  topics?: readonly Topic[];
  /** `timeMs` from here on. */
  fromMs?: number;
  /** `timeMs` before this. */
  toMs?: number;
}

const pageRows = 2_000;

/** Every event up to the journals' present ends, by writer and offset, a page at a time: a slow taker bounds the memory. */
export async function* exportEvents(
  reader: JournalReader,
  { topics = allTopics, fromMs = -Infinity, toMs = Infinity }: ExportRequest = {},
): AsyncGenerator<StoredEvent> {
  for (const [writer, end] of Object.entries(reader.endOffsets())) {
    let at = 0;
    while (at < end) {
      const page = await reader.readAfter({ writer, topics, afterOffset: at, limit: pageRows });
      for (const event of page.events) {
        if (event.offset <= end && event.timeMs >= fromMs && event.timeMs < toMs) yield event;
      }
      if (page.nextOffset === at) break;
      at = page.nextOffset;
    }
  }
}
