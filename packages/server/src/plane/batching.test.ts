import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Pool } from 'undici';
import { seededRandom } from '#kernel/random.ts';
import { logisticModel } from './testing/onnx-fixture.ts';
import { eventually, numberEndpoint, PlaneFixture } from './testing/plane-fixture.ts';

const seed = 20010201;
let plane: PlaneFixture;

beforeAll(async () => {
  plane = await PlaneFixture.create();
  const narrow = await plane.putBlob(logisticModel([1, -1], 0));
  const wide = await plane.putBlob(logisticModel([0.5, -0.25, 1, 2, -1], 0.3));
  await plane.start({ maxConcurrentRequests: 20_000 });
  await plane.serves(
    plane.publisher.define({
      endpoints: [
        numberEndpoint(2, [{ version: 1, digest: narrow }], { name: 'narrow', timeout: '60s' }),
        numberEndpoint(5, [{ version: 1, digest: wide }], { name: 'wide', hosts: 2, timeout: '60s' }),
      ],
    }),
  );
});
afterAll(() => plane.remove());

interface Asked {
  path: string;
  body: string;
  rows: number;
}

function mixedRequests(count: number): Asked[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const [name, width] = random() < 0.5 ? (['narrow', 2] as const) : (['wide', 5] as const);
    const rows = random() < 0.8 ? 1 : 1 + Math.floor(random() * 40);
    const data = Array.from({ length: rows * width }, () => Math.round(random() * 4_000 - 2_000) / 1_000);
    if (random() < 0.5) {
      const inputs = [{ name: 'input', shape: [rows, width], datatype: 'FP32', data }];
      return { path: `/v2/models/${name}/infer`, body: JSON.stringify({ inputs }), rows };
    }
    const inputs = Array.from({ length: rows }, (_, row) =>
      Object.fromEntries(data.slice(row * width, (row + 1) * width).map((value, index) => [`f${index}`, value])),
    );
    return { path: `/v1/endpoints/${name}/predict`, body: JSON.stringify({ inputs }), rows };
  });
}

async function ask(pool: Pool, { path, body }: Asked): Promise<readonly number[]> {
  const headers = { 'content-type': 'application/json' };
  const response = await pool.request({ path, method: 'POST', body, headers });
  const answer = (await response.body.json()) as { scores?: number[]; outputs?: { data: number[] }[] };
  if (response.statusCode !== 200) throw new Error(`${response.statusCode}: ${JSON.stringify(answer)}`);
  return answer.scores ?? answer.outputs?.[0]?.data ?? [];
}

test(`10,000 concurrent requests of mixed shapes get what each gets alone (seed ${seed})`, async () => {
  const requests = mixedRequests(10_000);
  const many = new Pool(plane.url, { connections: 1_000, pipelining: 1 });
  const one = new Pool(plane.url, { connections: 1, pipelining: 1 });
  try {
    const together = await Promise.all(requests.map((request) => ask(many, request)));
    const { endpoints } = await plane.status();
    expect(Math.max(...endpoints.map(({ meanBatchRows }) => meanBatchRows))).toBeGreaterThan(10);
    for (const [index, request] of requests.entries()) {
      expect(together[index]).toHaveLength(request.rows);
      if (index % 50 !== 0) continue;
      // The runtime's vectorised sigmoid differs from its scalar one in the last bit.
      for (const [row, score] of (await ask(one, request)).entries())
        expect(together[index]?.[row]).toBeCloseTo(score, 6);
    }
  } finally {
    await many.close();
    await one.close();
  }
}, 60_000);

test('more than may be under way is refused at once, with Retry-After', async () => {
  await plane.stop();
  await plane.start({ maxConcurrentRequests: 2 });
  const pending = [1, 2].map(() => {
    const request = httpRequest(`${plane.url}/v2/models/narrow/infer`, { method: 'POST' });
    request.on('error', () => undefined);
    request.flushHeaders();
    return request;
  });
  const body = { inputs: [{ name: 'input', shape: [1, 2], datatype: 'FP32', data: [1, 2] }] };
  const ask = () => plane.post('/v2/models/narrow/infer', body);
  await eventually(async () => (await ask()).status === 503);
  const { headers, json } = await ask();
  expect(headers.get('retry-after')).toBe('1');
  expect(json).toEqual({ error: expect.stringMatching(/^overloaded: 2 requests/) });
  for (const request of pending) request.destroy();
  await eventually(async () => (await ask()).status === 200);
});
