import { expect, test } from 'vitest';
import { RunFeed, type RunNews } from './run-feed.ts';

const points = (...steps: number[]) => steps.map((step) => ({ key: 'm', value: step, step, timeMs: step }));

/** The next `count` news of a run. */
async function next(feed: RunFeed, runId: string, afterId: string, count: number): Promise<RunNews[]> {
  const leave = new AbortController();
  const heard: RunNews[] = [];
  for await (const news of feed.follow(runId, afterId, leave.signal)) {
    heard.push(news);
    if (heard.length === count) leave.abort();
  }
  return heard;
}

test('each watcher hears of its own run, once, in order, from where it left', async () => {
  const feed = new RunFeed();
  const start = feed.position;
  feed.publish('a', points(1));
  feed.publish('b', points(9));
  feed.publish('a', points(2, 3));
  feed.publish('a', []);
  const [logged, changed] = await next(feed, 'a', start, 2);
  expect(logged).toMatchObject({ kind: 'points', points: points(1, 2, 3) });
  expect(changed).toMatchObject({ kind: 'changed' });
  const waiting = next(feed, 'a', changed?.id ?? '', 1);
  feed.publish('b', points(10));
  feed.publish('a', points(4));
  expect(await waiting).toMatchObject([{ kind: 'points', points: points(4) }]);
});

test('a watcher that was away for too long, or over a restart, is told that it missed some', async () => {
  const feed = new RunFeed(10);
  const start = feed.position;
  for (let step = 0; step < 20; step++) feed.publish('a', points(step));
  expect(await next(feed, 'a', start, 1)).toMatchObject([{ kind: 'missed', id: feed.position }]);
  const restarted = new RunFeed();
  expect(await next(restarted, 'a', feed.position, 1)).toMatchObject([{ kind: 'missed' }]);
  expect(await next(restarted, 'a', 'nonsense', 1)).toMatchObject([{ kind: 'missed' }]);
});
