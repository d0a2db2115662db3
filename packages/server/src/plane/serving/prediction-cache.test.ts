import { expect, test } from 'vitest';
import { PredictionCache, questionOf } from './prediction-cache.ts';

const answer = (score: number, atMs: number) => ({ scores: [score], atMs });
const put = (cache: PredictionCache, key: string, score: number, atMs: number) =>
  cache.ask(key, () => Promise.resolve(answer(score, atMs)));

test('an answer is given again until its time is over', async () => {
  const cache = new PredictionCache(1_000, 10);
  await put(cache, 'a', 0.5, 10_000);
  expect(cache.get('a', 11_000)).toEqual(answer(0.5, 10_000));
  expect(cache.get('a', 11_001)).toBeUndefined();
  expect(cache.get('a', 10_500)).toBeUndefined();
});

test('of more questions than there is room for the one goes that nobody asked for longest', async () => {
  const cache = new PredictionCache(1_000, 2);
  await put(cache, 'a', 1, 0);
  await put(cache, 'b', 2, 0);
  cache.get('a', 1);
  await put(cache, 'c', 3, 0);
  expect(['a', 'b', 'c'].map((key) => cache.get(key, 1)?.scores[0])).toEqual([1, undefined, 3]);
});

test('a question under way is waited for, and what is no answer is not kept', async () => {
  const cache = new PredictionCache(1_000, 2);
  const asked = Promise.withResolvers<undefined>();
  expect(cache.flight('a')).toBeNull();
  const asking = cache.ask('a', () => asked.promise);
  const waiting = cache.flight('a');
  asked.resolve(undefined);
  await asking;
  expect(await waiting).toBeUndefined();
  expect(cache.flight('a')).toBeNull();
  expect(cache.get('a', 0)).toBeUndefined();
});

test('questions are the same when every feature is, whatever zero or missing value it was', () => {
  const payload = new Float64Array([0, 0]);
  new BigUint64Array(payload.buffer)[0] = 0x7ff8_0000_0000_0001n;
  expect(questionOf('m@1', payload)).toBe(questionOf('m@1', Float64Array.of(Number.NaN, -0)));
  expect(questionOf('m@1', Float64Array.of(0.1))).not.toBe(questionOf('m@1', Float64Array.of(0.1 + Number.EPSILON)));
  expect(questionOf('m@1', Float64Array.of(1))).not.toBe(questionOf('m@2', Float64Array.of(1)));
  expect(questionOf('m@1', new Float64Array(5_000))).toBeNull();
});
