import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { Route } from '@mulle/contract';
import type { ServerSentEvent } from './handler.ts';
import { eventStream, ndjsonStream } from './response-streams.ts';

function isIterable(value: unknown): value is AsyncIterable<never> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

function bytesOf(answer: unknown): { stream: AsyncIterable<Uint8Array>; bytes: number } | undefined {
  if (typeof answer !== 'object' || answer === null || !('stream' in answer) || !('bytes' in answer)) return undefined;
  const { stream, bytes } = answer;
  return isIterable(stream) && typeof bytes === 'number' ? { stream, bytes } : undefined;
}

/** Writes what a handler gave back in the form that the route says. */
export function sendAnswer(route: Route, answer: unknown, reply: FastifyReply): FastifyReply {
  void reply.header('cache-control', 'no-store');
  if (route.responseBody === undefined) return reply.type('application/json; charset=utf-8').send(answer);
  const bytes = bytesOf(answer);
  if (route.responseBody === 'bytes' && bytes) {
    void reply.type('application/octet-stream').header('content-length', String(bytes.bytes));
    return reply.send(Readable.from(bytes.stream));
  }
  if (!isIterable(answer)) throw new TypeError(`The handler of ${route.path} gave no stream.`);
  if (route.responseBody === 'ndjson') return reply.type('application/x-ndjson').send(ndjsonStream(answer));
  const events: AsyncIterable<ServerSentEvent> = answer;
  return reply.type('text/event-stream').send(eventStream(events));
}
