import type { Activity, NewEvent, StoredEvent } from '@mulle/contract';
import { expect, test } from 'vitest';
import { MulleError } from '#kernel/errors.ts';
import type { Database } from '#platform/database/index.ts';
import { describeOnEveryDatabase } from '#platform/database/contract-suite.ts';
import {
  ActivityIntake,
  activityMigrations,
  ActivityService,
  EventRelay,
  type ActivityTables,
  type NewActivity,
} from './index.ts';

const step = (subject: string, causeId: string | null = null): NewActivity => ({
  type: 'run-started',
  subject,
  causeId,
  value: { subject, ratio: 0.5 },
});

describeOnEveryDatabase('activity', (open) => {
  async function start() {
    const database = await open<ActivityTables>(activityMigrations);
    const activity = new ActivityService(database);
    const record = (subject: string, causeId: string | null = null) =>
      database.transaction((trx) => activity.record(trx, step(subject, causeId)));
    return { database, activity, record };
  }

  function relay(
    database: Database<ActivityTables>,
    activity: ActivityService,
    append: (ids: string[]) => void,
    held: readonly string[] = [],
  ) {
    const problems: unknown[] = [];
    const running = new EventRelay({
      database,
      sources: { activity },
      appender: { appendDurable: async (events: readonly NewEvent[]) => append(events.map((event) => event.id)) },
      recentIds: async () => new Set(held),
      onProblem: (problem) => problems.push(problem),
    });
    return { running, problems };
  }

  test('steps that data wrote are taken in once, in order, over restarts, and not relayed back', async () => {
    const { database, activity, record } = await start();
    const events: StoredEvent[] = ['host-exited', 'host-restarted', 'host-exited'].map((type, index) => ({
      topic: 'activity',
      type,
      key: 'm@1',
      id: `h${index + 1}`,
      timeMs: 5 + index,
      ...(index === 1 ? { causeId: 'h1' } : {}),
      value: { pid: index },
      writer: 'data',
      offset: index + 1,
    }));
    let written = 2;
    const reader = {
      listWriters: () => ['control', 'data'],
      readAfter: async ({ writer, afterOffset }: { writer: string; afterOffset: number }) => {
        expect(writer).toBe('data');
        return { events: events.slice(afterOffset, written), nextOffset: written };
      },
    };
    const problems: unknown[] = [];
    const taken = async (count: number): Promise<void> => {
      const intake = new ActivityIntake({
        database,
        activity,
        reader,
        ownWriter: 'control',
        everyMs: 1,
        onProblem: (problem) => problems.push(problem),
      });
      await expect.poll(async () => (await activity.list({ type: 'host-exited' })).items.length).toBe(count);
      await intake.close();
    };
    await record('own');
    await taken(1);
    written = 3;
    await taken(2);
    const { items } = await activity.list({ after: 0 });
    expect(items.map(({ id, causeId, timeMs }) => [id, causeId, timeMs]).slice(1)).toEqual([
      ['h1', null, 5],
      ['h2', 'h1', 6],
      ['h3', null, 7],
    ]);
    expect(problems).toEqual([]);
    await record('later');
    const relayed = await activity.eventsAfter(0, 2);
    expect(relayed.map(({ event }) => event.key)).toEqual(['own', 'later']);
  });

  test('lists newest first, or onwards from a sequence number, by page and filter', async () => {
    const { activity, record } = await start();
    const made: Activity[] = [];
    for (const subject of ['a', 'b', 'c', 'd']) made.push(await record(subject, made.at(-1)?.id ?? null));
    const subjects = async (request: Parameters<ActivityService['list']>[0]) =>
      (await activity.list(request)).items.map((item) => item.subject).join('');
    expect(await subjects({})).toBe('dcba');
    expect(await subjects({ after: 1 })).toBe('bcd');
    expect(await subjects({ subject: 'b' })).toBe('b');
    expect(await subjects({ causeId: made[0]?.id ?? '' })).toBe('b');
    expect(await subjects({ type: 'run-ended' })).toBe('');
    for (const request of [{}, { after: 0 }]) {
      const first = await activity.list({ ...request, limit: 3 });
      const rest = await activity.list({ ...request, limit: 3, pageToken: first.nextPageToken ?? '' });
      expect([first.items.length, rest.items.length, rest.nextPageToken]).toEqual([3, 1, undefined]);
    }
    expect(await activity.get(made[2]?.id ?? '')).toEqual(made[2]);
  });

  test('what is undone is not there, and takes no number', async () => {
    const { database, activity, record } = await start();
    const undone = database.transaction(async (trx) => {
      await activity.record(trx, step('undone'));
      throw new Error('undo');
    });
    await Promise.allSettled([record('a'), undone, record('b')]);
    expect((await activity.eventsAfter(0, 10)).map(({ sequence, event }) => [sequence, event.key])).toEqual([
      [1, 'a'],
      [2, 'b'],
    ]);
  });

  test('a stream begins where it is told and goes on with each commit until it is left', async () => {
    const { activity, record } = await start();
    await record('a');
    await record('b');
    const leave = new AbortController();
    const stream = activity.stream(1, leave.signal);
    const next = async () => {
      const { value } = await stream.next();
      return value && [value.sequence, value.activity.subject];
    };
    expect(await next()).toEqual([2, 'b']);
    const waiting = next();
    await record('c');
    expect(await waiting).toEqual([3, 'c']);
    const ending = next();
    leave.abort();
    expect(await ending).toBeUndefined();
  });

  test('many streams see every step once and in order while others write', async () => {
    const { activity, record } = await start();
    const leave = new AbortController();
    const read = async () => {
      const seen: number[] = [];
      for await (const { sequence } of activity.stream(0, leave.signal)) {
        seen.push(sequence);
        if (seen.length === 40) break;
      }
      return seen;
    };
    const readers = [read(), read(), read()];
    await Promise.all(Array.from({ length: 40 }, (_, index) => record(String(index))));
    const expected = Array.from({ length: 40 }, (_, index) => index + 1);
    expect(await Promise.all(readers)).toEqual([expected, expected, expected]);
  });

  test('the relay hands over everything once, over restarts', async () => {
    const { database, activity, record } = await start();
    const relayed: string[] = [];
    const made = [await record('a'), await record('b')];
    const first = relay(database, activity, (ids) => relayed.push(...ids)).running;
    await first.drained();
    made.push(await record('c'));
    await first.drained();
    await first.close();
    made.push(await record('d'));
    const second = relay(database, activity, (ids) => relayed.push(...ids)).running;
    await second.drained();
    await second.close();
    expect(relayed).toEqual(made.map(({ id }) => id));
  });

  test('what the backbone has although its position was not stored, as after a crash, does not come again', async () => {
    const { database, activity, record } = await start();
    const [a, b] = [await record('a'), await record('b')];
    const relayed: string[] = [];
    const { running } = relay(database, activity, (ids) => relayed.push(...ids), [a.id]);
    await running.drained();
    const c = await record('c');
    await running.drained();
    await running.close();
    expect(relayed).toEqual([b.id, c.id]);
  });

  test('a backbone that refuses loses nothing: the same ids come again', async () => {
    const { database, activity, record } = await start();
    const offered: string[][] = [];
    const made = await record('a');
    const { running, problems } = relay(database, activity, (ids) => {
      offered.push(ids);
      throw new MulleError('storage_full', 'no space');
    });
    await running.drained();
    await running.close();
    const again = relay(database, activity, (ids) => offered.push(ids)).running;
    await again.drained();
    await again.close();
    expect([offered, problems]).toMatchObject([[[made.id], [made.id]], [{ code: 'storage_full' }]]);
  });
});
