import { expect, test } from 'vitest';
import { inferBody } from './transcode-infer.ts';

test.each([
  ['its deadline', undefined, 20.9, 20_000],
  ['the sooner of both', 5_000_000, 20, 20_000],
  ['what it names', 5_000, 20, 5_000],
  ['what it names, without a deadline', 5_000, Infinity, 5_000],
  ['nothing', undefined, Infinity, undefined],
  ['at least a moment, when its deadline is past', undefined, -3, 1_000],
])('a call is given the time of %s', (_, named, leftMs, timeout) => {
  const parameters = named === undefined ? {} : { timeout: { int64_param: { low: named, high: 0 } } };
  const { bytes } = inferBody({ model_name: 'm', model_version: '', id: '', parameters }, leftMs);
  const { parameters: told } = JSON.parse(bytes.toString('utf8')) as { parameters: Record<string, unknown> };
  expect(told).toEqual({ binary_data_output: true, ...(timeout === undefined ? {} : { timeout }) });
});
