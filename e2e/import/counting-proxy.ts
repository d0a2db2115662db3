import { createServer, request } from 'node:http';

/** Stands before a server and tells of each request by its number, before the server hears of it or after it answered. */
export async function countingProxy(target: string, onRequest: (count: number, when: 'before' | 'after') => void) {
  let count = 0;
  const server = createServer((incoming, outgoing) => {
    const number = ++count;
    onRequest(number, 'before');
    const passed = request(new URL(incoming.url ?? '/', target), {
      method: incoming.method,
      headers: incoming.headers,
    });
    passed.on('response', (answer) => {
      onRequest(number, 'after');
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    // Whoever asked is gone: so is what it asked.
    outgoing.on('error', () => passed.destroy());
    incoming.on('error', () => passed.destroy());
    passed.on('error', () => outgoing.destroy());
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
