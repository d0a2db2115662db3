import { createServer, type Server } from 'node:http';
import { apiRoutes } from '@mulle/contract';
import { afterEach, expect, test } from 'vitest';
import { ApiError, createControlClient, routeUrl } from './index.ts';

let server: Server | undefined;
afterEach(() => server?.close());

async function answering(
  answers: { status: number; body: unknown; headers?: Record<string, string> }[],
): Promise<{ url: string; seen: string[] }> {
  const seen: string[] = [];
  server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    const answer = answers[Math.min(seen.length, answers.length) - 1];
    response.writeHead(answer?.status ?? 500, { 'content-type': 'application/json', ...answer?.headers });
    response.end(JSON.stringify(answer?.body));
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, seen };
}

test('parameters are encoded into the path, unset query left out', () => {
  expect(routeUrl('http://h', apiRoutes.getMetric, { params: { id: 'a/b', key: '손실 %' } })).toBe(
    'http://h/api/runs/a%2Fb/metrics/%EC%86%90%EC%8B%A4%20%25',
  );
  expect(routeUrl('http://h', apiRoutes.listRuns, { query: { experiment: 'x', limit: undefined } })).toBe(
    'http://h/api/runs?experiment=x',
  );
});

test('an error answer becomes an ApiError with its code', async () => {
  const { url } = await answering([{ status: 404, body: { error: { code: 'not_found', message: 'No run "x".' } } }]);
  const failure = await createControlClient({ url })
    .call('getRun', { params: { id: 'x' } })
    .catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ApiError);
  expect(failure).toMatchObject({ code: 'not_found', status: 404, message: 'No run "x".', retryable: false });
});

test('a GET is repeated after 502, a POST is not', async () => {
  const ok = { status: 200, body: { status: 'ok', version: '1' } };
  const broken = { status: 502, body: {}, headers: { 'retry-after': '0.01' } };
  const get = await answering([broken, ok]);
  await expect(createControlClient({ url: get.url }).call('health', {})).resolves.toEqual(ok.body);
  expect(get.seen).toHaveLength(2);
  server?.close();
  const post = await answering([broken, ok]);
  await expect(createControlClient({ url: post.url }).call('createRun', { body: { experiment: 'e' } })).rejects.toThrow(
    /502/,
  );
  expect(post.seen).toHaveLength(1);
});

test('nothing listening is said so', async () => {
  const client = createControlClient({ url: 'http://127.0.0.1:9', tries: 1 });
  await expect(client.call('health', {})).rejects.toThrow(/cannot be reached.*mulle up/);
});
