import { Cron } from 'croner';
import { createControlClient } from '@mulle/client';
import type { TriggerDefinition } from '@mulle/contract';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nowMs } from '#kernel/clock.ts';
import { latestDueMs, nextDueMs, startScheduler, type Scheduler } from './scheduler.ts';
import { startControlServer, type ControlServer } from './testing/control-server.ts';
import { manifestOf } from './testing/traffic.ts';

const hourMs = 3_600_000;
let control: ControlServer;
let scheduler: Scheduler | undefined;
let problems: string[];

beforeEach(async () => {
  control = await startControlServer('secret');
  problems = [];
});
afterEach(async () => {
  await scheduler?.stop();
  await control.close();
});

function start(triggers: Record<string, TriggerDefinition['on']>): void {
  control.manifest = {
    ...manifestOf([]),
    triggers: Object.entries(triggers).map(([name, on]) => ({ name, pipeline: 'p', on })),
  };
  const client = createControlClient({ url: control.url, key: 'secret', tries: 1 });
  scheduler = startScheduler({ control: client, onProblem: (message) => problems.push(message) });
}

test('due times follow the time zone, through both changes of the clock', () => {
  const monday = new Cron('0 2 * * 1', { paused: true, timezone: 'Asia/Seoul' });
  const due = Date.UTC(2026, 2, 1, 17);
  expect(latestDueMs(monday, due)).toBe(due);
  expect(latestDueMs(monday, due - 1)).toBe(due - 7 * 24 * hourMs);
  expect(nextDueMs(monday, due)).toBe(due + 7 * 24 * hourMs);
  // 09:00 in New York is 14:00 UTC in winter and 13:00 in summer; the clocks change on 8 March and 1 November 2026.
  const morning = new Cron('0 9 * * *', { paused: true, timezone: 'America/New_York' });
  expect(nextDueMs(morning, Date.UTC(2026, 2, 7, 14))).toBe(Date.UTC(2026, 2, 8, 13));
  expect(nextDueMs(morning, Date.UTC(2026, 9, 31, 13))).toBe(Date.UTC(2026, 10, 1, 14));
  expect(nextDueMs(new Cron('0 0 30 2 *', { paused: true }), due)).toBe(Infinity);
});

test('what was missed is fired once, for its latest due time; what was not is left alone', async () => {
  const beforeMs = nowMs();
  control.lastFirings.set('hourly', beforeMs - 5.5 * hourMs);
  control.lastFirings.set('minutely', beforeMs - 10 * hourMs);
  control.down = true;
  start({
    hourly: { kind: 'cron', cron: '0 * * * *' },
    minutely: { kind: 'cron', cron: '* * * * *', timeZone: 'Europe/Berlin' },
    new: { kind: 'cron', cron: '0 0 1 1 *' },
    wrong: { kind: 'cron', cron: '0 0 1 1 *', timeZone: 'Nowhere/Land' },
    other: { kind: 'event-time', endpoint: 'flight-delay', every: '1d' },
  });
  await expect.poll(() => problems, { timeout: 5_000 }).toEqual([expect.stringContaining('Control is away')]);
  control.down = false;
  await expect.poll(() => control.firings.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(2);
  const hourly = control.firings.filter(({ name }) => name === 'hourly');
  expect(hourly).toHaveLength(1);
  expect(hourly[0]?.dueMs).toBeGreaterThan(beforeMs - hourMs);
  expect((hourly[0]?.dueMs ?? 1) % hourMs).toBe(0);
  const minutely = control.firings.find(({ name }) => name === 'minutely');
  expect(nowMs() - (minutely?.dueMs ?? 0)).toBeLessThan(70_000);
  expect(new Set(control.firings.map(({ name }) => name))).toEqual(new Set(['hourly', 'minutely']));
  expect(problems.at(-1)).toContain('"wrong" cannot be scheduled');
});

test('a trigger fires at each of its due times', async () => {
  control.lastFirings.set('often', nowMs());
  start({ often: { kind: 'cron', cron: '* * * * * *' } });
  await expect.poll(() => control.firings.length, { timeout: 10_000 }).toBe(3);
  const dueMs = control.firings.map((firing) => firing.dueMs);
  expect(dueMs.map((due) => due % 1_000)).toEqual([0, 0, 0]);
  expect(new Set(dueMs).size).toBe(3);
  expect(dueMs).toEqual(dueMs.toSorted((a, b) => a - b));
});
