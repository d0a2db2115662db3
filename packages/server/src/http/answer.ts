import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { Route } from '@mulle/contract';
import type { ServerSentEvent } from './handler.ts';
import { eventStream, ndjsonStream } from './response-streams.ts';

/** Bytes that somebody stored run nothing, whatever a browser takes them for. */
const inert = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

function isIterable(value: unknown): value is AsyncIterable<never> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

function bytesOf(answer: unknown): { stream: AsyncIterable<Uint8Array>; bytes: number; type: string } | undefined {
  if (typeof answer !== 'object' || answer === null || !('stream' in answer) || !('bytes' in answer)) return undefined;
  const { stream, bytes } = answer;
  const type = 'type' in answer ? String(answer.type) : 'application/octet-stream';
  return isIterable(stream) && typeof bytes === 'number' ? { stream, bytes, type } : undefined;
}

/** Writes what a handler gave back in the form that the route says. */
export function sendAnswer(route: Route, answer: unknown, reply: FastifyReply): FastifyReply {
  void reply.header('cache-control', 'no-store');
  if (route.responseBody === undefined) return reply.type('application/json; charset=utf-8').send(answer);
  const bytes = bytesOf(answer);
  if (route.responseBody === 'bytes' && bytes) {
    void reply.type(bytes.type).header('content-length', String(bytes.bytes)).header('content-security-policy', inert);
    return reply.send(Readable.from(bytes.stream));
  }
  if (!isIterable(answer)) throw new TypeError(`The handler of ${route.path} gave no stream.`);
  if (route.responseBody === 'ndjson') return reply.type('application/x-ndjson').send(ndjsonStream(answer));
  const events: AsyncIterable<ServerSentEvent> = answer;
  return reply.type('text/event-stream').send(eventStream(events));
}
