import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  accuracy,
  brierScore,
  calibrationCurve,
  confusionMatrix,
  expectedCalibrationError,
  logLoss,
  precisionRecallF1,
  rocAuc,
  rocCurve,
} from '../index.ts';

/** The fractional parts of k·step: the same series in Python and here. */
function weyl(count: number, step: number): number[] {
  return Array.from({ length: count }, (_, index) => ((index + 1) * step) % 1);
}

// 500 scores rounded to two digits, so with many ties. References: scikit-learn 1.9.1, NumPy 2.4.6.
const scores = Float64Array.from(weyl(500, 0.6180339887498949), (value) => Math.round(value * 100) / 100);
const labels = Uint8Array.from(weyl(500, 0.41421356237309515), (u, index) =>
  u < 0.2 + 0.6 * (scores[index] ?? 0) ** 2 ? 1 : 0,
);
const probabilities = scores.map((score) => Math.min(Math.max(score, 0.01), 0.99));

describe('against scikit-learn', () => {
  test('ROC AUC with ties', () => {
    expect(rocAuc(scores, labels)).toBeCloseTo(0.7138645998940116, 14);
  });

  test('log loss and Brier score', () => {
    expect(logLoss(probabilities, labels)).toBeCloseTo(0.6904071272087069, 13);
    expect(brierScore(probabilities, labels)).toBeCloseTo(0.2298682, 13);
  });

  test('confusion matrix and what follows from it', () => {
    const matrix = confusionMatrix(scores, labels, 0.4);
    expect(matrix).toEqual({ truePositive: 159, falsePositive: 144, trueNegative: 152, falseNegative: 45 });
    const { precision, recall, f1 } = precisionRecallF1(matrix);
    expect(precision).toBeCloseTo(0.5247524752475248, 14);
    expect(recall).toBeCloseTo(0.7794117647058824, 14);
    expect(f1).toBeCloseTo(0.6272189349112426, 14);
    expect(accuracy(matrix)).toBe(0.622);
  });

  test.each(['equal-width', 'quantile'] as const)('calibration curve, %s', (strategy) => {
    const curve = calibrationCurve(probabilities, labels, { binCount: 5, strategy });
    const rates = [0.22549019607843138, 0.24, 0.3564356435643564, 0.53, 0.7010309278350515];
    const means = [0.10176470588235291, 0.3036, 0.5045544554455444, 0.7055, 0.9020618556701032];
    expect(curve).toHaveLength(5);
    for (const [index, bin] of curve.entries()) {
      expect(bin.positiveRate).toBeCloseTo(rates[index] ?? Number.NaN, 12);
      expect(bin.meanProbability).toBeCloseTo(means[index] ?? Number.NaN, 12);
    }
    expect(expectedCalibrationError(probabilities, labels, { binCount: 5, strategy })).toBeCloseTo(0.14198, 12);
  });

  test('ROC curve', () => {
    const curve = rocCurve(scores, labels);
    const point = (index: number) => [
      curve.falsePositiveRate[index],
      curve.truePositiveRate[index],
      curve.thresholds[index],
    ];
    expect(curve.thresholds).toHaveLength(102);
    expect(point(0)).toEqual([0, 0, Infinity]);
    expect(point(10)).toEqual([0.037162162162162164, 0.17647058823529413, 0.91]);
    expect(point(50)).toEqual([0.3581081081081081, 0.696078431372549, 0.51]);
    expect(point(101)).toEqual([1, 1, 0]);
  });
});

describe('edges', () => {
  test('one class has no AUC', () => {
    expect(rocAuc([0.1, 0.2], [1, 1])).toBeNaN();
  });

  test('a certain wrong forecast costs −ln 1e-15', () => {
    expect(logLoss([0, 1], [1, 0])).toBeCloseTo(-Math.log(1e-15), 12);
  });

  test('ratios of nothing are 0', () => {
    const nothing = { truePositive: 0, falsePositive: 0, trueNegative: 0, falseNegative: 0 };
    expect(precisionRecallF1(nothing)).toEqual({ precision: 0, recall: 0, f1: 0 });
    expect(accuracy(nothing)).toBe(0);
  });

  test('equal probabilities make one quantile bin', () => {
    expect(calibrationCurve([0.3, 0.3], [0, 1], { strategy: 'quantile' })).toEqual([
      { lower: 0.3, upper: 0.3, count: 2, meanProbability: 0.3, positiveRate: 0.5 },
    ]);
  });

  test.each([
    ['a label of 2', [0.5], [2]],
    ['a probability above 1', [1.5], [1]],
    ['NaN', [Number.NaN], [1]],
    ['lengths that differ', [0.5, 0.5], [1]],
    ['nothing', [], []],
  ])('refuses %s', (_, badScores, badLabels) => {
    expect(() => logLoss(badScores, badLabels)).toThrow(RangeError);
    expect(() => calibrationCurve(badScores, badLabels)).toThrow(RangeError);
  });
});

describe('properties', () => {
  const scored = fc.array(fc.tuple(fc.integer({ min: -20, max: 20 }), fc.integer({ min: 0, max: 1 })), {
    minLength: 1,
    maxLength: 60,
  });

  test('AUC is the share of pairs won, and monotone maps do not change it', () => {
    fc.assert(
      fc.property(scored, (rows) => {
        const values = rows.map(([score]) => score);
        const classes = rows.map(([, label]) => label);
        const positives = rows.filter(([, label]) => label === 1);
        const negatives = rows.filter(([, label]) => label === 0);
        const wins = positives.flatMap(([p]) => negatives.map(([n]) => (p > n ? 1 : p === n ? 0.5 : 0)));
        const auc = rocAuc(values, classes);
        if (wins.length === 0) expect(auc).toBeNaN();
        else expect(auc).toBeCloseTo(wins.reduce<number>((sum, win) => sum + win, 0) / wins.length, 12);
        const mapped = values.map((value) => value ** 3 + 5);
        expect(rocAuc(mapped, classes)).toBe(auc);
      }),
      { seed: 11 },
    );
  });

  test('the trapezoids under the ROC curve are the AUC', () => {
    fc.assert(
      fc.property(scored, (rows) => {
        const values = rows.map(([score]) => score);
        const classes = rows.map(([, label]) => label);
        const auc = rocAuc(values, classes);
        fc.pre(!Number.isNaN(auc));
        const { falsePositiveRate: x, truePositiveRate: y } = rocCurve(values, classes);
        let area = 0;
        for (let index = 1; index < x.length; index += 1) {
          const width = (x[index] ?? 0) - (x[index - 1] ?? 0);
          area += (width * ((y[index] ?? 0) + (y[index - 1] ?? 0))) / 2;
        }
        expect(area).toBeCloseTo(auc, 12);
      }),
      { seed: 12 },
    );
  });
});
