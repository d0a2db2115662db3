import { expect, test } from 'vitest';
import { readServerSentEvents } from './server-sent-events.ts';

/** A response whose body comes in these pieces. */
function inPieces(...pieces: string[]): Response {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(encoder.encode(piece));
      controller.close();
    },
  });
  return new Response(body);
}

test('events come whole however the bytes are cut', async () => {
  const text =
    ':\n\nevent: activity\nid: 7\ndata: {"a":\ndata: 1}\n\nevent: activity\r\nid: 8\r\ndata:{}\r\n\r\n:\n\ndata: x\n\n';
  const expected = [
    { event: 'activity', id: '7', data: '{"a":\n1}' },
    { event: 'activity', id: '8', data: '{}' },
    { event: 'message', id: '8', data: 'x' },
  ];
  for (const size of [1, 3, 1_000]) {
    const pieces = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
    const events = [];
    for await (const event of readServerSentEvents(inPieces(...pieces))) events.push(event);
    expect(events).toEqual(expected);
  }
});
