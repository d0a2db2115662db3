import { describe, expect, test } from 'vitest';
import { growthbookHash, unitHash } from './assignment.ts';
import { chooseByShare } from './strategies/choose.ts';

describe('hash', () => {
  test('GrowthBook, version 2', () => {
    expect(growthbookHash('seed', 'a')).toBe(0.0505);
    expect(growthbookHash('seed', 'b')).toBe(0.2696);
    expect(growthbookHash('foo', 'ab')).toBe(0.2575);
    expect(growthbookHash('90850943850283058242805', '123')).toBe(0.7516);
  });

  test('a unit lies in its GrowthBook bucket, evenly within it, and independently of another salt', () => {
    const n = 200_000;
    const tenths = Array.from({ length: 10 }, () => 0);
    const within = Array.from({ length: 10 }, () => 0);
    let together = 0;
    let elsewhere = 0;
    for (let unit = 0; unit < n; unit++) {
      const place = unitHash(`unit-${unit}`, 'release-1');
      const bucket = Math.floor(place * 10_000 + 1e-9) / 10_000;
      if (Math.abs(bucket - growthbookHash('release-1', `unit-${unit}`)) > 1e-12) elsewhere++;
      tenths[Math.floor(place * 10)] = (tenths[Math.floor(place * 10)] ?? 0) + 1;
      const inside = Math.floor(((place * 10_000) % 1) * 10);
      within[inside] = (within[inside] ?? 0) + 1;
      if (place < 0.5 && unitHash(`unit-${unit}`, 'release-2') < 0.5) together++;
    }
    expect(elsewhere).toBe(0);
    // Five standard deviations of a binomial share.
    for (const count of [...tenths, ...within]) expect(Math.abs(count / n - 0.1)).toBeLessThan(5 * Math.sqrt(0.09 / n));
    expect(Math.abs(together / n - 0.25)).toBeLessThan(5 * Math.sqrt(0.1875 / n));
  });
});

describe('choice', () => {
  const groups = [
    { name: 'incumbent', variantId: 'm@1' },
    { name: 'challenger', variantId: 'm@2' },
  ];

  test.each([0.00003, 0.05, 0.25, 0.6])('share %d is met, and is the propensity', (share) => {
    const n = 200_000;
    let challenger = 0;
    const propensities = new Set<string>();
    for (let unit = 0; unit < n; unit++) {
      const choice = chooseByShare(groups, { incumbent: 1 - share, challenger: share }, unitHash(`u${unit}`, 'r'));
      if (choice.group === 'challenger') challenger++;
      propensities.add(`${choice.group} ${choice.propensity.toFixed(12)}`);
    }
    expect([...propensities].toSorted()).toEqual([
      `challenger ${share.toFixed(12)}`,
      `incumbent ${(1 - share).toFixed(12)}`,
    ]);
    expect(Math.abs(challenger / n - share)).toBeLessThan(5 * Math.sqrt((share * (1 - share)) / n));
  });

  test('a unit keeps the challenger while its share grows', () => {
    for (let unit = 0; unit < 1_000; unit++) {
      const place = unitHash(`u${unit}`, 'r');
      const met = [0.05, 0.25, 0.5, 1].map(
        (share) => chooseByShare(groups, { incumbent: 1 - share, challenger: share }, place).group,
      );
      expect(met.slice(met.indexOf('challenger')).every((group) => group === 'challenger')).toBe(true);
    }
  });

  test('weights that say nothing leave the first group, others are put in proportion', () => {
    expect(chooseByShare(groups, {}, 0.9)).toEqual({ group: 'incumbent', variantId: 'm@1', propensity: 1 });
    expect(chooseByShare(groups, { incumbent: Number.NaN, challenger: -1 }, 0.9).group).toBe('incumbent');
    expect(chooseByShare(groups, { incumbent: 0, challenger: 1 }, 0).group).toBe('challenger');
    expect(chooseByShare(groups, { incumbent: 3, challenger: 1 }, 0.8)).toMatchObject({
      group: 'challenger',
      propensity: 0.25,
    });
    expect(chooseByShare(groups, { incumbent: 1, challenger: 0 }, 1 - 2 ** -53).group).toBe('incumbent');
    expect(() => chooseByShare([], {}, 0.5)).toThrow(/at least one group/);
  });
});
