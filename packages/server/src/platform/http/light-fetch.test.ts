import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lightFetch } from './index.ts';

let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/silent') return;
    if (request.url === '/half') {
      response.writeHead(200, { 'content-length': '9' });
      response.write('{"a"');
      setImmediate(() => response.destroy());
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.writeHead(request.url === '/busy' ? 503 : 200, { 'retry-after': '2' });
      const { method, headers } = request;
      response.end(
        JSON.stringify({ method, key: headers.authorization, body: Buffer.concat(chunks).toString('utf8') }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test('answers what fetch answers', async () => {
  const init = { method: 'POST', headers: { authorization: 'Bearer mk_1' }, body: '{"이름":1}' };
  for (const path of ['/', '/busy']) {
    const [own, nodes] = await Promise.all([lightFetch(url + path, init), fetch(url + path, init)]);
    expect([own.ok, own.status, own.headers.get('Retry-After'), own.headers.get('nothing')]).toEqual([
      nodes.ok,
      nodes.status,
      nodes.headers.get('Retry-After'),
      nodes.headers.get('nothing'),
    ]);
    expect(await own.json()).toEqual(await nodes.json());
  }
});

test('rejects where no answer comes, or not all of it', async () => {
  await expect(lightFetch('http://127.0.0.1:1/', {})).rejects.toThrow('ECONNREFUSED');
  await expect(lightFetch(`${url}/silent`, { signal: AbortSignal.timeout(20) })).rejects.toThrow('timeout');
  const half = await lightFetch(`${url}/half`, {});
  await expect(half.text()).rejects.toThrow('aborted');
});
