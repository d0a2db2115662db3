/**
 * Quality of the version that answers, from decisions whose label is known.
 *
 * Counted are the champion's own answers: those of a release's single or incumbent group, and of a challenger once it
 * has everything. A challenger's share is the release's to judge. When another version becomes the champion, the window
 * that fills, the reference and the episode begin anew: its first full window is what it is held to.
 *
 * A finding needs an increase above what the monitor tolerates that is also more than chance between two windows: above
 * three standard errors of the difference, as many windows are looked at.
 */
import { brierScore, expectedCalibrationError, logLoss, momentsOf, momentsVariance, rocAuc } from '@mulle/stats';
import type { Decision, MonitorDefinition } from '@mulle/contract';
import type { AwaitedDecision } from '../decision-join.ts';
import {
  closeExtent,
  emptyExtent,
  extend,
  figure,
  findingOf,
  nextEpisode,
  windowOf,
  type ClosedWindow,
  type Episode,
  type Extent,
} from './monitor-window.ts';

export type QualityMonitor = Extract<MonitorDefinition, { kind: 'quality' }>;

interface Measured {
  logLoss: number;
  /** Of `logLoss`, as the mean of the window's losses. */
  logLossError: number;
  /** Null where only one class was seen. */
  auc: number | null;
  brier: number;
  calibrationError: number;
  positiveRate: number;
}

export interface QualityState {
  kind: 'quality';
  champion: string | null;
  extent: Extent;
  scores: number[];
  labels: (0 | 1)[];
  reference: (Measured & Extent) | null;
  episode: Episode | null;
  last: Extent | null;
}

const defaultWindowRows = 1_000;
const defaultMaxIncrease = 0.05;
const chanceErrors = 3;

export const emptyQuality = (): QualityState => ({
  kind: 'quality',
  champion: null,
  extent: emptyExtent(),
  scores: [],
  labels: [],
  reference: null,
  episode: null,
  last: null,
});

type Answer = Pick<Decision, 'group' | 'propensity' | 'source' | 'pinned'>;

function isChampions({ group, propensity, source, pinned }: Answer): boolean {
  if (pinned || (source !== 'variant' && source !== 'cache')) return false;
  return group !== 'challenger' || propensity === 1;
}

/** Notices when another version has become the one that answers. */
export function noteAnswer(state: QualityState, decision: Decision): void {
  const { servedVariant } = decision;
  if (servedVariant === null || servedVariant === state.champion || !isChampions(decision)) return;
  Object.assign(state, emptyQuality(), { champion: servedVariant, last: state.last });
}

/** Adds a decision whose label has come; answers the window when it filled it. */
export function foldQuality(
  monitor: QualityMonitor,
  state: QualityState,
  decision: AwaitedDecision,
  label: 0 | 1,
  timeMs: number,
): ClosedWindow | null {
  const { score, variant, eventTimeMs } = decision;
  if (variant === null || variant !== state.champion || !isChampions(decision)) return null;
  if (score === null || !(score >= 0 && score <= 1)) return null;
  extend(state.extent, eventTimeMs);
  state.scores.push(score);
  state.labels.push(label);
  return state.extent.rows < (monitor.windowRows ?? defaultWindowRows) ? null : close(monitor, state, timeMs);
}

function measure(scores: readonly number[], labels: readonly (0 | 1)[]): Measured {
  const auc = rocAuc(scores, labels);
  const losses = momentsOf(scores.map((score, index) => logLoss([score], [labels[index] ?? 0])));
  return {
    logLoss: losses.mean,
    logLossError: Math.sqrt(momentsVariance(losses) / losses.n),
    auc: Number.isNaN(auc) ? null : auc,
    brier: brierScore(scores, labels),
    calibrationError: expectedCalibrationError(scores, labels),
    positiveRate: labels.reduce((sum: number, label) => sum + label, 0) / labels.length,
  };
}

function close(monitor: QualityMonitor, state: QualityState, timeMs: number): ClosedWindow {
  const extent = closeExtent(state.extent, state.last);
  const measured = measure(state.scores, state.labels);
  const reference = state.reference ?? { ...measured, ...extent };
  const increase = measured.logLoss - reference.logLoss;
  const maximum = monitor.maxLogLossIncrease ?? defaultMaxIncrease;
  const error = Math.hypot(measured.logLossError, reference.logLossError);
  const worse = increase > maximum && increase > chanceErrors * error;
  const severity = !worse ? null : increase > 2 * maximum ? 'critical' : 'warning';
  const { episode, tell } = nextEpisode(state.episode, severity);
  const champion = state.champion ?? '';
  const findings =
    !tell || severity === null
      ? []
      : [
          findingOf(monitor, extent, {
            kind: 'quality',
            severity,
            subject: 'logLoss',
            statistics: {
              metric: 'logLoss',
              value: measured.logLoss,
              reference,
              increase,
              threshold: maximum,
              ...measured,
              champion,
              calibrationBinning: { strategy: 'equal-width', binCount: 10 },
              episodeWindows: episode?.windows ?? 1,
            },
            message: {
              en: `Log loss of ${champion} on "${monitor.endpoint}" is ${figure(measured.logLoss)}, ${figure(increase)} above its first window (${figure(reference.logLoss)}; limit ${figure(maximum)}).`,
              ko: `"${monitor.endpoint}"에서 ${champion}의 로그 손실이 ${figure(measured.logLoss)}로, 첫 구간(${figure(reference.logLoss)})보다 ${figure(increase)} 높아요(한도 ${figure(maximum)}).`,
            },
            recommendation: {
              en: 'Retrain on recent data. Look at drift findings of the same time and at how labels are made.',
              ko: '최근 데이터로 다시 학습해 주세요. 같은 시간의 드리프트 결과와 라벨이 만들어지는 방식도 확인해 주세요.',
            },
          }),
        ];
  const values = { ...measured, logLossIncrease: increase, episodeWindows: episode?.windows ?? 0 };
  Object.assign(state, emptyQuality(), { champion: state.champion, reference, episode, last: extent });
  return { window: windowOf(monitor, extent, values, timeMs), findings };
}
