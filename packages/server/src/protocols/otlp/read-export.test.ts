import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import recorded from './fixtures/export-request.json' with { type: 'json' };
import { inflateBody } from './inflate-body.ts';
import { resourceTags, toSpanRecord } from './otlp-span.ts';
import { readJson } from './read-json.ts';
import { readProtobuf } from './read-protobuf.ts';

const protobuf = Buffer.from(recorded.protobuf, 'base64');
const json = Buffer.from(JSON.stringify(recorded.json));

test('protobuf and JSON of one request, written by OpenTelemetry’s Python library, read the same', () => {
  const [group, ...others] = readProtobuf(protobuf);
  expect(others).toEqual([]);
  expect(group?.resource).toEqual({ 'service.name': '물레-bot', 'telemetry.sdk.language': 'python' });
  const [root, child] = group?.spans ?? [];
  expect(root).toEqual({
    traceId: '0123456789abcdef0123456789abcdef',
    id: '00000000000000a1',
    parentId: '',
    name: 'root 질문',
    startNs: 1767225600123456789n,
    endNs: 1767225601123456790n,
    statusCode: 2,
    statusMessage: 'boom',
    attributes: {
      s: '텍스트',
      b: true,
      i: -42,
      big: '9223372036854775807',
      d: 0.1,
      bytes: 'AP8=',
      empty: null,
      list: [1, 'two'],
      map: { k: { inner: null } },
    },
    events: [{ name: 'exception', timeNs: 1767225600223456789n, attributes: { 'exception.type': 'ValueError' } }],
    links: [{ traceId: 'f'.repeat(32), spanId: '00000000000000b2', attributes: { why: 'follow' } }],
  });
  expect(child).toMatchObject({ id: '00000000000000a2', parentId: '00000000000000a1', endNs: 0n });
  expect(readJson(json)).toEqual([group]);
});

test('a span as Mulle keeps it: MLflow’s trace id, no parent and no end where none was sent', () => {
  const [root, child] = (readProtobuf(protobuf)[0]?.spans ?? []).map(toSpanRecord);
  expect(root).toMatchObject({
    traceId: 'tr-0123456789abcdef0123456789abcdef',
    parentId: null,
    status: 'error',
    attributes: { 'mlflow.traceRequestId': 'tr-0123456789abcdef0123456789abcdef' },
    links: [{ traceId: `tr-${'f'.repeat(32)}` }],
  });
  expect(child).toMatchObject({ parentId: '00000000000000a1', status: 'unset', endNs: null });
  expect(resourceTags({ 'service.name': 'bot', 'telemetry.sdk.name': 'x', count: 2 })).toEqual({
    'service.name': 'bot',
    count: '2',
  });
});

test('every cut and every flipped byte is refused or read, never a hang or another error', () => {
  for (let end = 0; end < protobuf.length; end++) {
    const cut = protobuf.subarray(0, end);
    try {
      readProtobuf(cut);
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'invalid_argument' });
    }
    const flipped = Buffer.from(protobuf);
    flipped[end] = (flipped[end] ?? 0) ^ 0xff;
    try {
      readProtobuf(flipped);
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'invalid_argument' });
    }
  }
  for (const text of ['', '[]', '{"resourceSpans":1}', '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":1}]}]}]}']) {
    expect(() => readJson(Buffer.from(text))).toThrow('Invalid OpenTelemetry format');
  }
  expect(() => toSpanRecord({ ...(readProtobuf(protobuf)[0]?.spans[0] ?? never()), id: '' })).toThrow('Cannot convert');
});

test('gzip is inflated up to the bound: a bomb is refused', async () => {
  expect(await inflateBody(gzipSync(protobuf), 'gzip', 10_000)).toEqual(protobuf);
  const bomb = gzipSync(Buffer.alloc(10_000_000));
  await expect(inflateBody(bomb, 'gzip', 1_000_000)).rejects.toMatchObject({ code: 'body_too_large' });
  await expect(inflateBody(protobuf, 'gzip', 1_000)).rejects.toMatchObject({ code: 'invalid_argument' });
  await expect(inflateBody(protobuf, 'br', 1_000)).rejects.toMatchObject({ code: 'invalid_argument' });
});

function never(): never {
  throw new Error('the fixture has no span');
}
