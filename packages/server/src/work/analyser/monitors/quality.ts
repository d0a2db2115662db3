/**
 * Quality of the version that answers, from decisions whose label is known.
 *
 * Counted are the champion's own answers. When another version becomes the champion, the window that fills, the
 * reference and the episodes begin anew: its first full window is what its log loss is held to. Calibration is held to
 * a limit of its own, from the first window on.
 */
import type { Decision } from '@mulle/contract';
import type { AwaitedDecision } from '../decision-join.ts';
import { isChampions } from './champion.ts';
import {
  closeExtent,
  emptyExtent,
  extend,
  findingOf,
  nextEpisode,
  windowOf,
  type ClosedWindow,
  type Episode,
  type Extent,
} from './monitor-window.ts';
import {
  checkCalibration,
  checkLogLoss,
  measure,
  type CheckReading,
  type Measured,
  type QualityMonitor,
} from './quality-checks.ts';

export interface QualityState {
  kind: 'quality';
  champion: string | null;
  extent: Extent;
  scores: number[];
  labels: (0 | 1)[];
  reference: (Measured & Extent) | null;
  episodes: Record<CheckReading['subject'], Episode | null>;
  last: Extent | null;
}

const defaultWindowRows = 1_000;

export const emptyQuality = (): QualityState => ({
  kind: 'quality',
  champion: null,
  extent: emptyExtent(),
  scores: [],
  labels: [],
  reference: null,
  episodes: { logLoss: null, calibrationError: null },
  last: null,
});

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

function close(monitor: QualityMonitor, state: QualityState, timeMs: number): ClosedWindow {
  const extent = closeExtent(state.extent, state.last);
  const measured = measure(state.scores, state.labels);
  const reference = state.reference ?? { ...measured, ...extent };
  const champion = state.champion ?? '';
  const { episodes } = state;
  const readings = [
    checkLogLoss(monitor, champion, measured, reference),
    checkCalibration(monitor, champion, measured),
  ];
  const findings = readings.flatMap(({ severity, ...reading }) => {
    const { episode, tell } = nextEpisode(episodes[reading.subject], severity);
    episodes[reading.subject] = episode;
    if (!tell || severity === null) return [];
    const statistics = {
      ...reading.statistics,
      ...measured,
      champion,
      calibrationBinning: { strategy: 'equal-width', binCount: 10 },
      episodeWindows: episode?.windows ?? 1,
    };
    return [findingOf(monitor, extent, { kind: 'quality', severity, ...reading, statistics })];
  });
  const values = {
    ...measured,
    logLossIncrease: measured.logLoss - reference.logLoss,
    episodeWindows: episodes.logLoss?.windows ?? 0,
    calibrationEpisodeWindows: episodes.calibrationError?.windows ?? 0,
  };
  Object.assign(state, emptyQuality(), { champion: state.champion, reference, episodes, last: extent });
  return { window: windowOf(monitor, extent, values, timeMs), findings };
}
