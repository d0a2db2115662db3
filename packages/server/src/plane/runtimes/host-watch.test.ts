import { expect, test } from 'vitest';
import { HostWatch, type HostOccupation } from './host-watch.ts';

const mb = 2 ** 20;
const well = { isStopped: false, cpuMs: 0, residentBytes: 50 * mb };
const batch: HostOccupation = { kind: 'batch', sinceMs: 0 };

/** Asks once a second, the processor time being what `cpuMs` says; the seconds until it is to be ended, and why. */
function ended(watch: HostWatch, occupation: HostOccupation, cpuMs: (atMs: number) => number, untilMs = 120_000) {
  for (let atMs = 1_000; atMs <= untilMs; atMs += 1_000) {
    const why = watch.verdict(7, { ...well, cpuMs: cpuMs(atMs) }, occupation, atMs);
    if (why !== undefined) return { s: atMs / 1_000, why };
  }
  return undefined;
}

test('a batch that computes has ten seconds, one that hangs three, or what is declared', () => {
  expect(ended(new HostWatch(), batch, (atMs) => atMs)).toEqual({
    s: 11,
    why: expect.stringMatching(/longer than 10 s/),
  });
  expect(ended(new HostWatch(), batch, (atMs) => 0.01 * atMs)).toEqual({ s: 3, why: expect.stringMatching(/hangs/) });
  const declared = new HostWatch({ batch: '30s' });
  expect(ended(declared, batch, () => 0)).toEqual({ s: 31, why: expect.stringMatching(/longer than 30 s/) });
});

test('hanging counts from the last work: computing for 4 s, then waiting', () => {
  expect(ended(new HostWatch(), batch, (atMs) => Math.min(atMs, 4_000))?.s).toBe(7);
});

test('an idle host may do nothing for ever; loading may be slow, not hang', () => {
  expect(ended(new HostWatch(), { kind: 'idle', sinceMs: 0 }, () => 0)).toBeUndefined();
  expect(ended(new HostWatch(), { kind: 'loading', sinceMs: 0 }, (atMs) => 0.2 * atMs)).toBeUndefined();
  expect(ended(new HostWatch(), { kind: 'loading', sinceMs: 0 }, () => 0)?.s).toBe(61);
});

test('stopped, at once; of memory, whatever it is about', () => {
  expect(new HostWatch().verdict(7, { ...well, isStopped: true }, batch, 1)).toMatch(/stopped by a signal/);
  const full = { ...well, residentBytes: 129 * mb };
  expect(new HostWatch({ memoryMb: 128 }).verdict(7, full, { kind: 'idle', sinceMs: 0 }, 1)).toMatch(
    /holds 129 MB of memory and may hold 128/,
  );
  expect(new HostWatch().verdict(7, full, { kind: 'idle', sinceMs: 0 }, 1)).toBeUndefined();
});

test('the next process, and the next batch, begin anew', () => {
  const watch = new HostWatch();
  watch.verdict(7, well, batch, 2_000);
  expect(watch.verdict(8, well, { ...batch, sinceMs: 2_500 }, 4_000)).toBeUndefined();
  expect(watch.verdict(8, well, { ...batch, sinceMs: 4_500 }, 6_000)).toBeUndefined();
});
