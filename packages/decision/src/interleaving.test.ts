import { expect, test } from 'vitest';
import { balanced, balancedCredit, probabilistic, teamCredit, teamDraft } from './interleaving.ts';
import { seeded } from './testing/seeded.ts';

const runs = 4_000;

test('team draft of [1, 2] and [3, 4] at length 3 shows 132, 134, 312 or 314, each as often', () => {
  const random = seeded(1);
  const seen = new Map<string, number>();
  for (let run = 0; run < runs; run += 1) {
    const shown = teamDraft(['1', '2'], ['3', '4'], 3, random)
      .map(({ item }) => item)
      .join('');
    seen.set(shown, (seen.get(shown) ?? 0) + 1);
  }
  expect([...seen.keys()].toSorted()).toEqual(['132', '134', '312', '314']);
  for (const count of seen.values()) expect(Math.abs(count / runs - 0.25)).toBeLessThan(0.03);
});

test('balanced of [1, 2] and [2, 3] at length 3 shows 12 or 213 first', () => {
  const shown = (coin: number): string => balanced(['1', '2'], ['2', '3'], 3, () => coin).join('');
  expect(shown(0.1).slice(0, 2)).toBe('12');
  expect(shown(0.9)).toBe('213');
});

test('credit: each click to the team that placed it; balanced to both within the top k', () => {
  const shown = teamDraft(['x', 'y'], ['z', 'x'], 3, () => 0);
  expect(shown).toEqual([
    { item: 'x', team: 'a' },
    { item: 'z', team: 'b' },
    { item: 'y', team: 'a' },
  ]);
  expect(teamCredit(shown, new Set(['y', 'z', 'elsewhere']))).toEqual({ a: 1, b: 1 });
  // The lowest click is d: rank 3 of a, 1 of b, so k = 1: b has d there, a has not.
  expect(balancedCredit(['a', 'b', 'd'], ['d', 'a'], ['a', 'd'], new Set(['d']))).toEqual({ a: 0, b: 1 });
  expect(balancedCredit(['a'], ['b'], ['a', 'b'], new Set())).toEqual({ a: 0, b: 0 });
});

test('every way shows each item once, as many as there are, and favours nobody where rankers are alike', () => {
  const random = seeded(3);
  const ranking = ['a', 'b', 'c', 'd'];
  const credit = { a: 0, b: 0 };
  for (let run = 0; run < runs; run += 1) {
    for (const merge of [teamDraft, probabilistic]) {
      const shown = merge(ranking, ['d', 'b', 'c', 'a'], 10, random);
      expect(new Set(shown.map(({ item }) => item)).size).toBe(4);
      expect(shown).toHaveLength(4);
      // Clicks at random.
      const clicked = new Set(shown.filter(() => random() < 0.3).map(({ item }) => item));
      const own = teamCredit(shown, clicked);
      credit.a += own.a;
      credit.b += own.b;
    }
  }
  const n = credit.a + credit.b;
  expect(Math.abs(credit.a / n - 0.5)).toBeLessThan(4 * Math.sqrt(0.25 / n));
});
