import { expect, test } from 'vitest';
import { accessMigrations, AuditLog, type AccessTables, type Actor } from '#domains/access/index.ts';
import { activityMigrations, ActivityService, type ActivityTables } from '#domains/activity/index.ts';
import { describeOnEveryDatabase } from '#platform/database/contract-suite.ts';
import { experimentsMigrations, RunsService, type ExperimentsTables, type MetricPoint } from './index.ts';

const actor: Actor = { name: 'minji', role: 'member' };
const migrations = [...accessMigrations, ...activityMigrations, ...experimentsMigrations];

/** Entries as somebody would make them by hand: `bucket` points after another, in the order of the chart. */
function entriesByHand(points: readonly MetricPoint[], bucket: number) {
  const ordered = points.toSorted((a, b) => a.step - b.step || a.timeMs - b.timeMs || a.value - b.value);
  return Array.from({ length: Math.ceil(ordered.length / bucket) }, (_, index) => {
    const part = ordered.slice(index * bucket, (index + 1) * bucket);
    const numbers = part.map(({ value }) => value).filter((value) => !Number.isNaN(value));
    return {
      step: Math.max(...part.map(({ step }) => step)),
      min: Math.min(...numbers),
      max: Math.max(...numbers),
      mean: numbers.reduce((sum, value) => sum + value, 0) / numbers.length,
    };
  });
}

describeOnEveryDatabase('metrics for charts', (open) => {
  async function start(histories: readonly (readonly MetricPoint[])[]) {
    const database = await open<ExperimentsTables & ActivityTables & AccessTables>(migrations);
    const runs = new RunsService({ database, activity: new ActivityService(database), audit: new AuditLog(database) });
    const ids: string[] = [];
    for (const metrics of histories) {
      const { id } = await runs.createRun(actor, { experiment: 'e' });
      await runs.logRun(actor, id, { metrics });
      ids.push(id);
    }
    return { runs, ids };
  }

  test('a long history is bucketed with its peaks, whatever the order it came in', async () => {
    const points = Array.from({ length: 1_003 }, (_, index) => ({
      key: 'loss',
      value: index === 517 ? 1e6 : Math.sin(index / 9),
      step: Math.floor(index / 3),
      timeMs: 1_000 + index,
    }));
    const shuffled = points.toSorted((a, b) => ((a.timeMs * 7_919) % 1_003) - ((b.timeMs * 7_919) % 1_003));
    const { runs, ids } = await start([shuffled]);
    const [series] = await runs.metricSeries({ runIds: ids, entries: 100 });
    expect(series).toMatchObject({ key: 'loss', points: 1_003, bucket: 11 });
    const byHand = entriesByHand(points, 11);
    expect(series?.step).toEqual(byHand.map(({ step }) => step));
    expect(series?.min).toEqual(byHand.map(({ min }) => min));
    expect(series?.max).toEqual(byHand.map(({ max }) => max));
    series?.mean.forEach((mean, index) => expect(mean).toBeCloseTo(byHand[index]?.mean ?? Number.NaN, 9));
    expect(series?.max).toContain(1e6);
  });

  test('a short history comes as it is; NaN is null, infinities are the largest numbers', async () => {
    const values = [1, Number.NaN, Infinity, -Infinity];
    const { runs, ids } = await start([values.map((value, step) => ({ key: 'm', value, step, timeMs: step }))]);
    const [series] = await runs.metricSeries({ runIds: ids, keys: ['m'] });
    const largest = Number.MAX_VALUE;
    expect(series).toMatchObject({ bucket: 1, step: [0, 1, 2, 3], max: [1, null, largest, -largest] });
    expect(await runs.summariseMetrics(ids[0] ?? '')).toEqual([
      { key: 'm', points: 4, last: -largest, lastStep: 3, lastAtMs: 3, min: -largest, max: largest },
    ]);
    await runs.logRun(actor, ids[0] ?? '', { metrics: [{ key: 'n', value: Number.NaN, step: 0, timeMs: 0 }] });
    expect((await runs.summariseMetrics(ids[0] ?? ''))[1]).toMatchObject({
      key: 'n',
      last: null,
      min: null,
      max: null,
    });
  });

  test('many runs at once, in the order asked for, within a range of steps or times', async () => {
    const history = (offset: number) =>
      Array.from({ length: 50 }, (_, step) => ({ key: 'a', value: offset + step, step, timeMs: 100 * step }));
    const { runs, ids } = await start([history(0), history(1_000)]);
    const backwards = ids.toReversed();
    const series = await runs.metricSeries({
      runIds: [...backwards, 'none'],
      keys: ['a', 'b'],
      fromStep: 10,
      toMs: 1_200,
    });
    expect(series.map(({ runId }) => runId)).toEqual(backwards);
    expect(series.map(({ mean }) => mean)).toEqual([
      [1_010, 1_011, 1_012],
      [10, 11, 12],
    ]);
  });

  test('a long history out of pieces: the same as by hand, also when it grows at its end or in its middle', async () => {
    const point = (index: number): MetricPoint => ({
      key: 'loss',
      value: index === 12_345 ? -7 : Math.cos(index / 300),
      step: Math.floor(index / 2),
      timeMs: 10 * index,
    });
    const points = Array.from({ length: 25_000 }, (_, index) => point(2 * index));
    const { runs, ids } = await start([points]);
    const check = async (expected: readonly MetricPoint[]) => {
      const [series] = await runs.metricSeries({ runIds: ids, entries: 50 });
      const bucket = series?.bucket ?? 0;
      const byHand = entriesByHand(expected, bucket);
      expect([series?.points, bucket % 128]).toEqual([expected.length, 0]);
      expect(series?.step.length).toBeLessThanOrEqual(50);
      expect(series?.step).toEqual(byHand.map(({ step }) => step));
      expect(series?.min).toEqual(byHand.map(({ min }) => min));
      expect(series?.max).toEqual(byHand.map(({ max }) => max));
      series?.mean.forEach((mean, index) => expect(mean).toBeCloseTo(byHand[index]?.mean ?? Number.NaN, 9));
    };
    await check(points);
    const later = Array.from({ length: 300 }, (_, index) => point(50_001 + index));
    await runs.logRun(actor, ids[0] ?? '', { metrics: later });
    await check([...points, ...later]);
    await runs.logRun(actor, ids[0] ?? '', { metrics: [point(12_345)] });
    await check([...points, ...later, point(12_345)]);
    const [near] = await runs.metricSeries({ runIds: ids, fromStep: 6_170, toStep: 6_174 });
    expect(near).toMatchObject({ bucket: 1, step: [6_170, 6_171, 6_172, 6_172, 6_173, 6_174] });
    expect(near?.min).toContain(-7);
    expect(await runs.metricSeries({ runIds: ids, fromStep: 1e9 })).toEqual([]);
  });
});
