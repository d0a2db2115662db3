import type { FeatureView } from '@mulle/contract';
import { describe, expect, test } from 'vitest';
import { seeded } from '../testing/seeded.ts';
import { createFeatureEncoder } from './encode-features.ts';
import { entityKey, timestampMs } from './feature-values.ts';
import { createWindowStore, type WindowStore } from './window-store.ts';

const minute = 60_000;
const view: FeatureView = {
  name: 'route-delays',
  entity: ['origin', 'destination'],
  dataset: 'flights',
  stream: 'flight-delay',
  knownAt: 'known_at',
  aggregates: [
    { name: 'flights_1h', function: 'count', field: 'late', window: '1h' },
    { name: 'late_1h', function: 'mean', field: 'late', window: '1h' },
    { name: 'delay_10m', function: 'sum', field: 'delay', window: '10m' },
    { name: 'delay_1h', function: 'mean', field: 'delay', window: '1h' },
  ],
};

interface Row {
  origin: string;
  destination: string;
  known_at: number;
  late: boolean;
  delay: number | null;
}

const windowMs: Record<string, number> = { '1h': 60 * minute, '10m': 10 * minute };

/** The definition, word by word: every row known in (t − window, t]. */
function naive(rows: readonly Row[], origin: string, destination: string, atMs: number): number[] {
  return view.aggregates.map(({ function: kind, field, window }) => {
    const seen = rows.filter(
      (row) =>
        row.origin === origin &&
        row.destination === destination &&
        row.known_at <= atMs &&
        row.known_at > atMs - (windowMs[window] ?? 0),
    );
    if (kind === 'count') return seen.length;
    const values = seen
      .map((row) => (field === 'late' ? Number(row.late) : row.delay))
      .filter((value) => value !== null);
    const sum = values.reduce((total, value) => total + value, 0);
    return kind === 'sum' ? sum : values.length === 0 ? Number.NaN : sum / values.length;
  });
}

/** Rows of a few hours in steps of a minute, so that times tie, more or less out of order. */
function rowsOf(seed: number, count: number, disorderMinutes: number): Row[] {
  const random = seeded(seed);
  return Array.from({ length: count }, (_, index) => ({
    origin: 'AB'[Math.floor(random() * 2)] ?? 'A',
    destination: random() < 0.5 ? 'X' : 'Y',
    known_at: minute * (Math.floor(index / 3) - Math.floor(random() * disorderMinutes)),
    late: random() < 0.3,
    delay: random() < 0.2 ? null : Math.floor(random() * 100) - 20,
  }));
}

const fold = (store: WindowStore, rows: readonly Row[]): void =>
  store.fold(
    'flight-delay',
    rows.map((values) => ({ eventTimeMs: values.known_at, values: { ...values } })),
  );

const key = (origin: string, destination: string): string | null => entityKey(view.entity, { origin, destination });

describe('window store', () => {
  test.each([
    { seed: 1, disorder: 1 },
    { seed: 2, disorder: 40 },
    { seed: 3, disorder: 300 },
  ])(
    'equals the definition at any moment, past ones too (seed $seed, out of order by $disorder min)',
    ({ seed, disorder }) => {
      const rows = rowsOf(seed, 900, disorder);
      const store = createWindowStore([view]);
      const random = seeded(seed + 100);
      let folded = 0;
      for (let round = 0; round < 30; round++) {
        fold(store, rows.slice(folded, folded + 30));
        folded += 30;
        for (let look = 0; look < 10; look++) {
          const at = Math.floor(random() * 320) * minute + (random() < 0.5 ? 0 : 30_000);
          for (const [origin, destination] of [
            ['A', 'X'],
            ['B', 'Y'],
            ['A', 'nowhere'],
          ] as const) {
            const expected = naive(rows.slice(0, folded), origin, destination, at);
            expect([...store.lookup(view.name, key(origin, destination), at)]).toEqual(expected);
          }
        }
      }
      expect(store.status().rows).toBe(900);
    },
  );

  test('what is old is let go, what is left is right, what is gone is missing and not wrong', () => {
    const rows = rowsOf(4, 30_000, 5);
    const store = createWindowStore([view], { historyMs: 30 * minute });
    fold(store, rows);
    const end = 9_990 * minute;
    // One window and the allowance are 90 minutes of 3 rows each; half as many again before a sweep, at least 1,024.
    expect(store.status().rows).toBeLessThan(3 * 90 + 1_100);
    for (const at of [end, end - 20 * minute]) {
      expect([...store.lookup(view.name, key('A', 'X'), at)]).toEqual(naive(rows, 'A', 'X', at));
    }
    expect([...store.lookup(view.name, key('A', 'X'), 5_000 * minute)].every(Number.isNaN)).toBe(true);
    expect(store.status().leftOut).toBe(0);
    fold(store, [{ origin: 'A', destination: 'X', known_at: 0, late: true, delay: 1 }]);
    expect(store.status().leftOut).toBe(1);
  });

  test('a few rows with a wrong clock let nothing go', () => {
    const rows = rowsOf(5, 3_000, 5);
    const store = createWindowStore([view]);
    const future = Array.from({ length: 15 }, (_, index) => ({
      ...(rows[0] ?? rowsOf(5, 1, 1)[0]),
      known_at: 4e12 + index,
    }));
    fold(store, rows.slice(0, 1_500));
    store.fold(
      'flight-delay',
      future.map((values) => ({ eventTimeMs: 0, values })),
    );
    fold(store, rows.slice(1_500));
    const at = 1_000 * minute;
    expect([...store.lookup(view.name, key('B', 'X'), at)]).toEqual(naive(rows, 'B', 'X', at));
  });

  test('rows without entity or time are left out, other streams do not concern it, event time stands in', () => {
    const store = createWindowStore([view]);
    store.fold('flight-delay', [
      { eventTimeMs: 1, values: { origin: 'A', late: true } },
      { eventTimeMs: 1, values: { origin: 'A', destination: 'X', known_at: 'yesterday', late: true } },
      { eventTimeMs: 1_000, values: { origin: 'A', destination: 'X', late: true, delay: 'NaN' } },
    ]);
    store.fold('another', [{ eventTimeMs: 1, values: { origin: 'A', destination: 'X', late: true } }]);
    expect(store.status()).toEqual({ rows: 1, entities: 1, leftOut: 2 });
    expect([...store.lookup(view.name, key('A', 'X'), 1_000)]).toEqual([1, 1, 0, Number.NaN]);
    expect([...store.lookup(view.name, key('A', 'X'), 999)]).toEqual([0, Number.NaN, 0, Number.NaN]);
    expect([...store.lookup(view.name, null, 1_000)]).toEqual([0, Number.NaN, 0, Number.NaN]);
    expect(() => store.lookup('other', 'A', 0)).toThrow(/no feature view "other"/);
  });

  test('comes back from bytes and goes on as if nothing had been', () => {
    const rows = rowsOf(6, 4_000, 20);
    const first = createWindowStore([view], { historyMs: 60 * minute });
    fold(first, rows.slice(0, 2_500));
    const second = createWindowStore([view], { historyMs: 60 * minute });
    expect(second.restore(first.serialize())).toEqual([view.name]);
    expect(second.status().rows).toBe(first.status().rows);
    fold(second, rows.slice(2_500));
    expect(second.status().rows).toBeLessThan(2_000);
    for (let at = 1_290; at < 1_350; at += 7) {
      for (const origin of ['A', 'B', 'C']) {
        const found = [...second.lookup(view.name, key(origin, 'X'), at * minute)];
        expect(found).toEqual(naive(rows, origin, 'X', at * minute));
      }
    }
  });

  test('damaged bytes change nothing; a view defined otherwise starts empty', () => {
    const store = createWindowStore([view]);
    fold(store, rowsOf(7, 500, 5));
    const bytes = store.serialize();
    for (const at of [0, 9, 40, bytes.length - 3]) {
      const broken = bytes.slice();
      broken[at] = (broken[at] ?? 0) ^ 0x10;
      expect(() => store.restore(broken)).toThrow(/damaged/);
    }
    expect(() => store.restore(bytes.subarray(0, bytes.length - 8))).toThrow(/damaged/);
    expect(() => store.restore(new Uint8Array(3))).toThrow(/damaged/);
    expect(store.status().rows).toBe(500);
    const other: FeatureView = { ...view, aggregates: view.aggregates.map((each) => ({ ...each, window: '2h' })) };
    const untouched: FeatureView = { ...view, name: 'second' };
    const both = createWindowStore([view, untouched]);
    fold(both, rowsOf(7, 500, 5));
    const next = createWindowStore([other, untouched]);
    expect(next.restore(both.serialize())).toEqual(['second']);
    expect(next.status().rows).toBe(500);
  });
});

test('features are encoded in order, missing as NaN', () => {
  const store = createWindowStore([view]);
  fold(store, [
    { origin: 'A', destination: 'X', known_at: timestampMs('2001-02-01T10:00:00Z'), late: true, delay: 40 },
    { origin: 'A', destination: 'X', known_at: timestampMs('2001-02-01T10:20'), late: false, delay: null },
  ]);
  const encoder = createFeatureEncoder(
    [
      { name: 'distance', transform: 'identity', field: 'distance' },
      { name: 'late', view: view.name, aggregate: 'late_1h' },
      { name: 'hour', transform: 'hour-of-day', field: 'departure' },
      { name: 'flights', view: view.name, aggregate: 'flights_1h' },
      { name: 'huge', transform: 'identity', field: 'huge' },
    ],
    [view],
  );
  expect(encoder.names).toEqual(['distance', 'late', 'hour', 'flights', 'huge']);
  const out = new Float32Array(7).fill(-1);
  const row = { origin: 'A', destination: 'X', distance: 1234, departure: '2001-02-01 10:30', huge: 1e300 };
  encoder.encode(row, timestampMs(row.departure), store, out, 1);
  expect([...out]).toEqual([-1, 1234, 0.5, 10, 2, Number.NaN, -1]);
  encoder.encode({ distance: '1234' }, Number.NaN, store, out, 1);
  expect([...out.subarray(1, 4)]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  expect(() => createFeatureEncoder([{ name: 'x', view: 'none', aggregate: 'y' }], [view])).toThrow(/no feature view/);
  expect(() => createFeatureEncoder([{ name: 'x', view: view.name, aggregate: 'y' }], [view])).toThrow(/has no "y"/);
});
