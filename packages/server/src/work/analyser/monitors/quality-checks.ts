/**
 * What a window of a version's scores and their labels is judged by. Many windows are looked at, so each check also
 * asks for more than chance: log loss for three standard errors of the difference, calibration for a χ² that chance
 * gives one window in a thousand.
 */
import {
  brierScore,
  expectedCalibrationError,
  hosmerLemeshow,
  logLoss,
  momentsOf,
  momentsVariance,
  rocAuc,
} from '@mulle/stats';
import type { MonitorDefinition, NewFinding, Severity } from '@mulle/contract';
import { figure } from './monitor-window.ts';

export type QualityMonitor = Extract<MonitorDefinition, { kind: 'quality' }>;

export interface Measured {
  logLoss: number;
  /** Of `logLoss`, as the mean of the window's losses. */
  logLossError: number;
  /** Null where only one class was seen. */
  auc: number | null;
  brier: number;
  calibrationError: number;
  /** Of Hosmer and Lemeshow's test. */
  calibrationPValue: number;
  meanScore: number;
  positiveRate: number;
}

/** Null severity: nothing to tell. */
export interface CheckReading extends Pick<NewFinding, 'subject' | 'statistics' | 'message' | 'recommendation'> {
  subject: 'logLoss' | 'calibrationError';
  severity: Severity | null;
}

const defaultMaxIncrease = 0.05;
const chanceErrors = 3;
const defaultMaxCalibrationError = 0.1;
const chancePValue = 0.001;

export function measure(scores: readonly number[], labels: readonly (0 | 1)[]): Measured {
  const auc = rocAuc(scores, labels);
  const losses = momentsOf(scores.map((score, index) => logLoss([score], [labels[index] ?? 0])));
  return {
    logLoss: losses.mean,
    logLossError: Math.sqrt(momentsVariance(losses) / losses.n),
    auc: Number.isNaN(auc) ? null : auc,
    brier: brierScore(scores, labels),
    calibrationError: expectedCalibrationError(scores, labels),
    calibrationPValue: hosmerLemeshow(scores, labels).pValue,
    meanScore: momentsOf(scores).mean,
    positiveRate: momentsOf(labels).mean,
  };
}

export function checkLogLoss(
  monitor: QualityMonitor,
  champion: string,
  measured: Measured,
  reference: Measured,
): CheckReading {
  const increase = measured.logLoss - reference.logLoss;
  const threshold = monitor.maxLogLossIncrease ?? defaultMaxIncrease;
  const error = Math.hypot(measured.logLossError, reference.logLossError);
  const worse = increase > threshold && increase > chanceErrors * error;
  return {
    subject: 'logLoss',
    severity: !worse ? null : increase > 2 * threshold ? 'critical' : 'warning',
    statistics: { metric: 'logLoss', value: measured.logLoss, reference, increase, threshold },
    message: {
      en: `Log loss of ${champion} on "${monitor.endpoint}" is ${figure(measured.logLoss)}, ${figure(increase)} above its first window (${figure(reference.logLoss)}; limit ${figure(threshold)}).`,
      ko: `"${monitor.endpoint}"에서 ${champion}의 로그 손실이 ${figure(measured.logLoss)}로, 첫 구간(${figure(reference.logLoss)})보다 ${figure(increase)} 높아요(한도 ${figure(threshold)}).`,
    },
    recommendation: {
      en: 'Retrain on recent data. Look at drift findings of the same time and at how labels are made.',
      ko: '최근 데이터로 다시 학습해 주세요. 같은 시간의 드리프트 결과와 라벨이 만들어지는 방식도 확인해 주세요.',
    },
  };
}

export function checkCalibration(monitor: QualityMonitor, champion: string, measured: Measured): CheckReading {
  const { calibrationError, calibrationPValue, meanScore, positiveRate } = measured;
  const threshold = monitor.maxCalibrationError ?? defaultMaxCalibrationError;
  const worse = calibrationError > threshold && calibrationPValue < chancePValue;
  return {
    subject: 'calibrationError',
    severity: !worse ? null : calibrationError > 2 * threshold ? 'critical' : 'warning',
    statistics: {
      metric: 'calibrationError',
      value: calibrationError,
      threshold,
      test: 'hosmer-lemeshow',
      pValue: calibrationPValue,
    },
    message: {
      en: `Calibration error of ${champion} on "${monitor.endpoint}" is ${figure(calibrationError)} (limit ${figure(threshold)}): it predicts ${figure(meanScore)} on average, and ${figure(positiveRate)} came true.`,
      ko: `"${monitor.endpoint}"에서 ${champion}의 보정 오차가 ${figure(calibrationError)}예요(한도 ${figure(threshold)}). 평균 예측은 ${figure(meanScore)}인데 실제 비율은 ${figure(positiveRate)}예요.`,
    },
    recommendation: {
      en: 'The order of the scores may still be good: recalibrate on recent outcomes, or retrain. Check whether the share of positives has changed, and whether training data was resampled.',
      ko: '점수의 순서는 아직 쓸 만할 수 있어요. 최근 결과로 다시 보정하거나 재학습해 주세요. 양성 비율이 바뀌었는지, 학습 데이터가 재표집되었는지도 확인해 주세요.',
    },
  };
}
