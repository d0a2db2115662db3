import { Readable } from 'node:stream';
import { sleep } from '#kernel/clock.ts';
import type { ServerSentEvent } from './handler.ts';

const keepAliveMs = 15_000;
/** A comment of the event stream: says nothing, keeps the connection. */
const keepAlive = ':\n\n';

/** One JSON value per line. */
export function ndjsonStream(values: AsyncIterable<unknown>): Readable {
  return Readable.from(ndjsonLines(values));
}

async function* ndjsonLines(values: AsyncIterable<unknown>): AsyncGenerator<string> {
  for await (const value of values) yield `${JSON.stringify(value)}\n`;
}

function formatEvent({ event, id, data }: ServerSentEvent): string {
  return `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;
}

/**
 * Server-sent events (WHATWG HTML, 9.2). A comment goes out at once, so that the headers do, and after every 15 s of
 * silence, so that nothing between takes the connection for dead.
 */
export function eventStream(events: AsyncIterable<ServerSentEvent>): Readable {
  return Readable.from(formatted(events[Symbol.asyncIterator]()));
}

async function* formatted(events: AsyncIterator<ServerSentEvent>): AsyncGenerator<string> {
  yield keepAlive;
  try {
    let next = events.next();
    for (;;) {
      const result = await unlessSilent(next);
      if (result === undefined) yield keepAlive;
      else if (result.done) return;
      else {
        yield formatEvent(result.value);
        next = events.next();
      }
    }
  } finally {
    await events.return?.();
  }
}

/** What `next` resolves to, or undefined when it takes longer than the silence that is allowed. */
async function unlessSilent<T>(next: Promise<T>): Promise<T | undefined> {
  const heard = new AbortController();
  const silence = sleep(keepAliveMs, heard.signal).then(
    () => undefined,
    () => undefined,
  );
  try {
    return await Promise.race([next, silence]);
  } finally {
    heard.abort();
  }
}
