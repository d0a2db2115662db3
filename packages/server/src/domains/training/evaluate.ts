import {
  accuracy,
  brierScore,
  calibrationCurve,
  confusionMatrix,
  expectedCalibrationError,
  logLoss,
  precisionRecallF1,
  rocAuc,
  type CalibrationBin,
  type ConfusionMatrix,
} from '@mulle/stats';
import { MulleError } from '#kernel/errors.ts';

/** How good probabilities were against 0/1 labels. */
export interface Evaluation {
  readonly rows: number;
  /**
   * `logLoss` (nats), `brier`, `calibrationError` (ten equal-width bins), `precision`, `recall`, `f1`, `accuracy` at the
   * threshold, `positiveRate`, `meanProbability`; `auc` only where both classes are present.
   */
  readonly metrics: Readonly<Record<string, number>>;
  readonly threshold: number;
  readonly confusion: ConfusionMatrix;
  readonly calibration: readonly CalibrationBin[];
}

/** Throws `invalid_shape` when there are no rows or the lengths differ; `invalid_argument` on NaN or other labels. */
export function evaluateScores(
  probabilities: Float64Array,
  label: Float32Array | Uint8Array,
  { threshold = 0.5 }: { threshold?: number } = {},
): Evaluation {
  const rows = label.length;
  if (rows === 0 || rows !== probabilities.length)
    throw new MulleError('invalid_shape', `${probabilities.length} probabilities for ${rows} labels: give one each.`);
  try {
    const confusion = confusionMatrix(probabilities, label, threshold);
    const positives = confusion.truePositive + confusion.falseNegative;
    const metrics: Record<string, number> = {
      logLoss: logLoss(probabilities, label),
      brier: brierScore(probabilities, label),
      calibrationError: expectedCalibrationError(probabilities, label),
      ...precisionRecallF1(confusion),
      accuracy: accuracy(confusion),
      positiveRate: positives / rows,
      meanProbability: probabilities.reduce((sum, p) => sum + p, 0) / rows,
    };
    if (positives > 0 && positives < rows) metrics['auc'] = rocAuc(probabilities, label);
    return { rows, metrics, threshold, confusion, calibration: calibrationCurve(probabilities, label) };
  } catch (cause) {
    if (cause instanceof RangeError)
      throw new MulleError('invalid_argument', `Cannot evaluate: ${cause.message}`, { cause });
    throw cause;
  }
}
