import { Readable } from 'node:stream';
import type { ServerSentEvent } from './handler.ts';

const keepAliveMs = 15_000;

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
 * Server-sent events (WHATWG HTML, 9.2). A comment goes out at once, so that the headers do, and every 15 s of
 * silence, so that nothing between takes the connection for dead.
 */
export function eventStream(events: AsyncIterable<ServerSentEvent>): Readable {
  const stream = Readable.from(formatted(events));
  const keepAlive = setInterval(() => {
    if (stream.readableLength === 0) stream.push(':\n\n');
  }, keepAliveMs);
  stream.once('close', () => clearInterval(keepAlive));
  return stream;
}

async function* formatted(events: AsyncIterable<ServerSentEvent>): AsyncGenerator<string> {
  yield ':\n\n';
  for await (const event of events) yield formatEvent(event);
}
