import { describe, expect, test } from 'vitest';
import {
  chiSquaredCdf,
  chiSquaredSurvival,
  kolmogorovSurvival,
  normalCdf,
  normalQuantile,
  normalSurvival,
  studentTCdf,
  studentTQuantile,
  studentTSurvival,
} from '../index.ts';

/** References: SciPy 1.17.1. */
function expectRelative(actual: number, expected: number, tolerance: number): void {
  expect(Math.abs(actual - expected), `${actual} against ${expected}`).toBeLessThanOrEqual(
    tolerance * Math.abs(expected),
  );
}

describe('normal', () => {
  test.each([
    [-8, 0.9999999999999993],
    [-1.5, 0.9331927987311419],
    [-0.1, 0.539827837277029],
    [0, 0.5],
    [0.3, 0.3820885778110474],
    [1, 0.15865525393145707],
    [1.959963984540054, 0.025],
    [3, 0.0013498980316300933],
    [6, 9.865876450376946e-10],
    [10, 7.61985302416047e-24],
    [20, 2.7536241186061556e-89],
    [37, 5.7255712225239266e-300],
  ])('survival at %f', (z, expected) => {
    expectRelative(normalSurvival(z), expected, 1e-12);
    expectRelative(normalCdf(-z), expected, 1e-12);
  });

  test.each([
    [1e-300, -37.0470962993612],
    [1e-20, -9.262340089798409],
    [1e-10, -6.361340902404056],
    [1e-5, -4.264890793922825],
    [0.001, -3.090232306167813],
    [0.025, -1.9599639845400545],
    [0.075, -1.4395314709384563],
    [0.3, -0.5244005127080409],
    [0.5, 0],
    [0.6, 0.2533471031357997],
    [0.9, 1.2815515655446004],
    [0.975, 1.959963984540054],
    [0.99999, 4.264890793923841],
  ])('quantile of %f', (probability, expected) => {
    expectRelative(normalQuantile(probability), expected, 1e-14);
  });

  test('quantiles of 0 and 1 are infinite', () => {
    expect([normalQuantile(0), normalQuantile(1), normalQuantile(1.1)]).toEqual([-Infinity, Infinity, Number.NaN]);
  });
});

describe("Student's t", () => {
  test.each([
    [0.5, 1, 0.35241638234956674],
    [2, 1, 0.14758361765043326],
    [100, 1, 0.003182992764908255],
    [1, 2.5, 0.20203051363913682],
    [2.2, 7, 0.03186550765131839],
    [-1.3, 12.7, 0.8916497327078913],
    [5, 30, 1.16483427335039e-5],
    [10, 100, 4.950844492297065e-17],
    [1.96, 6800.3, 0.025018284274679746],
    [8, 1e6, 6.227531716601252e-16],
  ])('survival at %f, %f degrees of freedom', (t, degrees, expected) => {
    expectRelative(studentTSurvival(t, degrees), expected, degrees > 1e5 ? 1e-8 : 1e-10);
    expectRelative(studentTCdf(-t, degrees), expected, degrees > 1e5 ? 1e-8 : 1e-10);
  });

  test.each([
    [0.975, 1, 12.706204736174694],
    [0.975, 2.5, 3.5746548420036817],
    [0.6, 5, 0.2671808657041451],
    [0.025, 10, -2.2281388519862753],
    [0.995, 30, 2.7499956535672254],
    [0.975, 6800.3, 1.9603128936088579],
    [1e-6, 4, -41.577854150450975],
  ])('quantile of %f, %f degrees of freedom', (probability, degrees, expected) => {
    expectRelative(studentTQuantile(probability, degrees), expected, 1e-10);
  });

  test('ends', () => {
    expect(studentTQuantile(1, 3)).toBe(Infinity);
    expect(studentTQuantile(0.5, 3)).toBeCloseTo(0, 15);
    expect(studentTSurvival(Infinity, 3)).toBe(0);
  });
});

test.each([
  [0.01, 1, 0.920344325445942],
  [3.84, 1, 0.05004352124870519],
  [50, 1, 1.537459794428033e-12],
  [2, 2, 0.36787944117144245],
  [5, 3, 0.1717971442967335],
  [0.5, 10, 0.999993388289439],
  [120, 100, 0.08440668109369177],
  [300, 100, 7.4121008573230175e-22],
  [9000, 9500, 0.9998870723789004],
  [1400, 2, 9.85967654375939e-305],
])('χ² survival at %f, %f degrees of freedom', (x, degrees, expected) => {
  expectRelative(chiSquaredSurvival(x, degrees), expected, 1e-10);
  expect(chiSquaredCdf(x, degrees)).toBeCloseTo(1 - expected, 12);
});

test.each([
  [0.2, 0.999999999999495],
  [0.5, 0.9639452436648751],
  [0.8, 0.5441424115741981],
  [0.999, 0.27107316411506394],
  [1, 0.26999967167735456],
  [1.2, 0.11224966667072497],
  [2, 0.0006709252557796953],
  [3, 3.045995948942526e-8],
  [5, 3.8574996959278356e-22],
])('Kolmogorov survival at %f', (x, expected) => {
  expectRelative(kolmogorovSurvival(x), expected, 1e-12);
});
