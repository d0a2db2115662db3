import { describe, expect, test } from 'vitest';
import { quantileRankSequence, rateConfidenceSequence } from './rate-confidence-sequence.ts';
import { seeded } from './testing/seeded.ts';

describe('rate confidence sequence', () => {
  test('is wider than Clopper and Pearson, and not by much', () => {
    // R 4.3, binom.test(0, 100)$conf.int and binom.test(10, 1000)$conf.int
    const references = [
      { hits: 0, n: 100, exact: [0, 0.0362167] },
      { hits: 10, n: 1000, exact: [0.0048068, 0.0183126] },
    ] as const;
    for (const { hits, n, exact } of references) {
      const [lower, upper] = rateConfidenceSequence(hits, n, 0.05);
      expect(lower).toBeLessThanOrEqual(exact[0]);
      expect(upper).toBeGreaterThanOrEqual(exact[1]);
      expect(upper - lower).toBeLessThan(2 * (exact[1] - exact[0]));
    }
  });

  test('the limit is met where the mixture says: no hit in n leaves p with (1 − p)^n = α · Γ(n+½)/(√π Γ(n+1))', () => {
    // n = 1: the mixture of a miss is ½, so 1 − p = 0.05 / 2.
    expect(rateConfidenceSequence(0, 1, 0.05)[1]).toBeCloseTo(1 - 0.025, 12);
    // n = 2: ½ · ¾.
    expect(rateConfidenceSequence(0, 2, 0.05)[1]).toBeCloseTo(1 - Math.sqrt(0.05 * 0.375), 12);
    expect(rateConfidenceSequence(0, 0, 0.05)).toEqual([0, 1]);
  });

  test('looked at after every observation it errs at most as often as it says', () => {
    const random = seeded(11);
    let missed = 0;
    const runs = 400;
    for (let run = 0; run < runs; run++) {
      let hits = 0;
      for (let n = 1; n <= 400; n++) {
        if (random() < 0.05) hits++;
        const [lower, upper] = rateConfidenceSequence(hits, n, 0.1);
        if (lower > 0.05 || upper < 0.05) {
          missed++;
          break;
        }
      }
    }
    expect(missed / runs).toBeLessThanOrEqual(0.1);
  });
});

test('ranks of a quantile enclose it and narrow', () => {
  expect(quantileRankSequence(0.95, 10, 0.05)[1]).toBe(11);
  const [lower, upper] = quantileRankSequence(0.95, 10_000, 0.05);
  expect(lower).toBeGreaterThan(9_380);
  expect(lower).toBeLessThan(9_500);
  expect(upper).toBeGreaterThan(9_500);
  expect(upper).toBeLessThan(9_620);
});
