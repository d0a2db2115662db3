import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DataStatus, EndpointStatus } from '@mulle/contract';
import { afterEach, expect, test } from 'vitest';
import { narrowToEndpoint, readDataStatuses } from './data-status.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address() as AddressInfo;
  return `http://127.0.0.1:${address.port}`;
}

const endpoint = (name: string): EndpointStatus => ({
  endpoint: name,
  requests: 3,
  failures: 0,
  bySource: { variant: 3 },
  byVariant: { 'delay@1': 3 },
  latencyMs: { p50: 1, p95: 2, p99: 3, p999: 4 },
  stagesMs: {},
  meanBatchRows: 1,
  hosts: [],
  guarded: {},
});
const status = (process: string): DataStatus => ({
  process,
  pid: 1,
  definitionsVersion: 1,
  dialsEpoch: 0,
  controlConnected: true,
  decisionsDropped: 0,
  residentBytes: 1,
  endpoints: [endpoint('delay'), endpoint('other')],
});

test('asks every process with the internal token; what gives no good answer is told as such', async () => {
  const good = (name: string) =>
    listen((request, response) => {
      const authorised = request.headers.authorization === 'Bearer token' && request.url === '/internal/status';
      response.writeHead(authorised ? 200 : 401).end(JSON.stringify(status(name)));
    });
  const closed = await listen(() => undefined);
  const [gone] = servers.splice(0);
  await new Promise((resolve) => gone?.close(resolve));
  const urls = [
    await good('data-1'),
    await good('data-0'),
    closed,
    await listen((_request, response) => void response.writeHead(500).end()),
    await listen((_request, response) => void response.end('{"process":1}')),
    await listen(() => undefined),
  ];
  const statuses = await readDataStatuses({ dataUrls: () => urls, internalToken: 'token' });
  expect(statuses.processes.map(({ process }) => process)).toEqual(['data-0', 'data-1']);
  const reasons = new Map(statuses.unreachable.map(({ url, reason }) => [url, reason]));
  expect(reasons.get(closed)).toMatch(/ECONNREFUSED/);
  expect(reasons.get(urls[3] ?? '')).toMatch(/500/);
  expect(reasons.get(urls[4] ?? '')).toMatch(/no status/);
  expect(reasons.get(urls[5] ?? '')).toMatch(/within 1000 ms/);
  const narrowed = narrowToEndpoint(statuses, 'delay');
  expect(narrowed.processes.map(({ endpoints }) => endpoints.map((each) => each.endpoint))).toEqual([
    ['delay'],
    ['delay'],
  ]);
  expect(narrowed.unreachable).toHaveLength(4);
});
