import { normalSurvival } from '../distributions/normal.ts';
import { momentsVariance, type Moments } from '../inference/moments.ts';

export type DriftKind = 'sudden' | 'gradual' | 'variance' | 'seasonal' | 'none';

export interface DriftKindResult {
  kind: DriftKind;
  /** (current mean − reference mean) ÷ σ of the reference. */
  meanShift: number;
  /** (current σ − reference σ) ÷ σ of the reference. */
  deviationShift: number;
  /** Rise of the fitted line over the windows ÷ σ of the reference, and Mann–Kendall p; null with too few windows. */
  trend: { rise: number; pValue: number } | null;
  recommendation: { ko: string; en: string };
}

export interface DriftKindContext {
  /** Means of the windows up to and including the current one, oldest first; a trend needs at least 8. */
  windowMeans?: readonly number[];
  /** The window at the same phase of the last period, for instance the same weekday a week ago. */
  samePhase?: Moments;
}

const recommendations: Readonly<Record<DriftKind, { ko: string; en: string }>> = {
  sudden: {
    ko: '분포가 갑자기 바뀌었어요. 지금 바로 재학습하고, 데이터 출처가 바뀌지 않았는지 확인해 주세요.',
    en: 'The distribution changed suddenly. Retrain now, and check whether a data source has changed.',
  },
  gradual: {
    ko: '분포가 서서히 바뀌고 있어요. 1~2주 안에 재학습을 예약하고 추세를 지켜봐 주세요.',
    en: 'The distribution is changing gradually. Schedule retraining within 1–2 weeks and watch the trend.',
  },
  variance: {
    ko: '값의 흩어진 정도가 바뀌었어요. 이상치를 분석하고 데이터 품질을 확인해 주세요.',
    en: 'The spread of the values changed. Analyse outliers and check data quality.',
  },
  seasonal: {
    ko: '지난 주기의 같은 시기와 비슷해요. 계절에 따른 변화인지 직접 검토해 주세요.',
    en: 'It resembles the same phase of the last period. Review by hand whether this is seasonal.',
  },
  none: {
    ko: '뚜렷한 변화 유형이 보이지 않아요. 드리프트가 감지되었다면 직접 검토해 주세요.',
    en: 'No clear kind of change. If drift was detected, review by hand.',
  },
};

/**
 * Names the kind of change from reference to current window by these rules, the first that holds; σ is the reference's,
 * but at least 0.001:
 * 1. seasonal: rule 2, 3 or 4 holds against the reference, and none against the same phase of the last period;
 * 2. sudden: |Δmean| > 2σ;
 * 3. gradual: |Δmean| > 0.5σ, or the windows' means follow a trend (Mann–Kendall p < 0.05) that rises by > 0.5σ;
 * 4. variance: |Δσ| > σ.
 * RangeError unless both windows hold two values.
 */
export function driftKind(reference: Moments, current: Moments, context: DriftKindContext = {}): DriftKindResult {
  const deviation = Math.max(deviationOf(reference), 0.001);
  const meanShift = (current.mean - reference.mean) / deviation;
  const deviationShift = (deviationOf(current) - deviationOf(reference)) / deviation;
  const trend = trendOf(context.windowMeans ?? [], deviation);
  const trending = trend !== null && trend.pValue < 0.05 && Math.abs(trend.rise) > 0.5;
  let kind = kindOf(meanShift, deviationShift, trending);
  if (kind !== 'none' && context.samePhase !== undefined) {
    const phaseMeanShift = (current.mean - context.samePhase.mean) / deviation;
    const phaseDeviationShift = (deviationOf(current) - deviationOf(context.samePhase)) / deviation;
    if (kindOf(phaseMeanShift, phaseDeviationShift, false) === 'none') kind = 'seasonal';
  }
  return { kind, meanShift, deviationShift, trend, recommendation: recommendations[kind] };
}

function kindOf(meanShift: number, deviationShift: number, trending: boolean): DriftKind {
  if (Math.abs(meanShift) > 2) return 'sudden';
  if (Math.abs(meanShift) > 0.5 || trending) return 'gradual';
  return Math.abs(deviationShift) > 1 ? 'variance' : 'none';
}

/** Least-squares rise, and Mann's (1945) trend test with continuity correction; ties leave it conservative. */
function trendOf(means: readonly number[], deviation: number): { rise: number; pValue: number } | null {
  const count = means.length;
  if (count < 8) return null;
  let concordance = 0;
  let slope = 0;
  for (const [later, value] of means.entries()) {
    slope += (later - (count - 1) / 2) * value;
    for (const earlier of means.slice(0, later)) concordance += Math.sign(value - earlier);
  }
  const rise = (slope * 12) / (count * (count + 1)) / deviation;
  const z = Math.max(0, Math.abs(concordance) - 1) / Math.sqrt((count * (count - 1) * (2 * count + 5)) / 18);
  return { rise, pValue: 2 * normalSurvival(z) };
}

function deviationOf(moments: Moments): number {
  const variance = momentsVariance(moments);
  if (!Number.isFinite(variance)) throw new RangeError(`a window of ${moments.n} values has no standard deviation`);
  return Math.sqrt(variance);
}
