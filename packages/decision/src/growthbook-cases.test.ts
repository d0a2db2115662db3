import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { bucketRanges, growthbookHash, inNamespace, rangeAt } from './assignment.ts';

const file = new URL('../../../../shared/data/growthbook/cases.json', import.meta.url);

type Ranges = [number, number][];
interface Experiment {
  key: string;
  variations: unknown[];
  weights?: number[];
  coverage?: number;
  namespace?: [string, number, number];
  [other: string]: unknown;
}
interface Cases {
  hash: [seed: string, value: string, version: number, expected: number | null][];
  getBucketRange: [string, [number, number, number[] | null], Ranges][];
  chooseVariation: [string, number, Ranges, number][];
  inNamespace: [string, string, [string, number, number], boolean][];
  run: [string, { attributes?: { id?: string } }, Experiment, unknown, boolean, boolean][];
}

// GrowthBook's language-independent cases, specification 0.8.0; conditions and features are not assignment.
describe.skipIf(!existsSync(file))('GrowthBook cases (skipped where shared/data/growthbook is absent)', () => {
  const cases = (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null) as Cases;
  const toNamespace = ([name, from, to]: [string, number, number]) => ({ name, from, to });

  test('hash, both versions', () => {
    const known = cases.hash.filter(([, , version]) => version === 1 || version === 2);
    expect(known.length).toBeGreaterThanOrEqual(14);
    for (const [seed, value, version, expected] of known) {
      expect(growthbookHash(seed, value, version === 1 ? 1 : 2), `${seed} ${value}`).toBe(expected);
    }
  });

  test('bucket ranges', () => {
    expect(cases.getBucketRange).toHaveLength(13);
    for (const [name, [arms, coverage, weights], expected] of cases.getBucketRange) {
      const ranges = bucketRanges(arms, coverage, weights);
      expect(ranges, name).toHaveLength(expected.length);
      for (const [index, [from, to]] of expected.entries()) {
        expect(ranges[index]?.[0], name).toBeCloseTo(from, 6);
        expect(ranges[index]?.[1], name).toBeCloseTo(to, 6);
      }
    }
  });

  test('chosen variation', () => {
    expect(cases.chooseVariation).toHaveLength(13);
    for (const [name, place, ranges, expected] of cases.chooseVariation)
      expect(rangeAt(ranges, place), name).toBe(expected);
  });

  test('namespaces', () => {
    expect(cases.inNamespace).toHaveLength(16);
    for (const [name, unit, namespace, expected] of cases.inNamespace)
      expect(inNamespace(unit, toNamespace(namespace)), name).toBe(expected);
  });

  test('whole experiments that use nothing else: hash, weights, coverage and namespace together', () => {
    const ours = new Set(['key', 'variations', 'weights', 'coverage', 'namespace']);
    const plain = cases.run.filter(
      ([, context, experiment, , , hashUsed]) =>
        hashUsed &&
        Object.keys(context).every((key) => key === 'attributes') &&
        Object.keys(experiment).every((key) => ours.has(key)),
    );
    expect(plain.length).toBeGreaterThan(25);
    for (const [name, { attributes }, { key, variations, weights, coverage, namespace }, expected] of plain) {
      const unit = attributes?.id ?? '';
      if (namespace) expect(inNamespace(unit, toNamespace(namespace)), name).toBe(true);
      const arm = rangeAt(bucketRanges(variations.length, coverage, weights), growthbookHash(key, unit, 1));
      expect(variations[arm], name).toEqual(expected);
    }
  });
});
