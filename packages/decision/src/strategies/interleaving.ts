/**
 * Interleaving: two rankers make one list for each caller, and what its rows earn is credited to who placed them. Each
 * caller compares both, so far fewer are needed than by an A/B test (a tenth to a hundredth, simulated in the tests).
 *
 *   running ── the challenger earns more ──▶ promote
 *      ├────── it earns less, or fails to rank too often ──▶ rollback
 *      └────── `maxSeconds` over ──▶ inconclusive
 *
 * Both score the rows of a request, and the answer's scores fall in the order of the list. A decision's group says who
 * placed its row. Requests of one row, and those that the challenger could not rank (group `unranked`), are the
 * incumbent's alone.
 *
 * What is judged is the preference, (credit of the challenger − of the incumbent) / credit of both, −1…1, clustered by
 * buckets of users and valid at every look; no data prefers nobody. Beside it stands the p-value of the sign test over
 * lists, which is that of one look.
 */
import { variantId, type Conclusion, type GateReading } from '@mulle/contract';
import { confidenceSequence, signTest } from '@mulle/stats';
import { rateConfidenceSequence } from '../rate-confidence-sequence.ts';
import type { ConcludableRelease, StrategyDefinition } from '../strategy.ts';
import { describeReadings } from './describe-readings.ts';
import {
  emptyInterleavingState,
  foldInterleaving,
  type Interleaving,
  type InterleavingState,
  type TeamTally,
} from './interleaving-state.ts';
import { wantedByKpis } from './kpi-sums.ts';
import { defaultAlpha } from './service-tally.ts';

const defaultErrorRate = 0.01;
/** Buckets of users with credit below which their spread is not trusted. */
const fewestBuckets = 20;

/** The preference with its squared error over buckets of users; null while too few earned anything. */
function preferenceOf({
  difference,
  sum,
}: InterleavingState): { estimate: number; squaredError: number; n: number } | null {
  const total = sum.reduce((all, each) => all + each, 0);
  const used = sum.filter((each) => each > 0).length;
  if (used < fewestBuckets) return null;
  const estimate = difference.reduce((all, each) => all + each, 0) / total;
  const squares = sum.reduce((all, each, bucket) => all + ((difference[bucket] ?? 0) - estimate * each) ** 2, 0);
  return { estimate, squaredError: (squares * used) / (used - 1) / total ** 2, n: total };
}

/** Where all credit went one way there is no spread to judge by: then the lists are counted, as a rate. */
function intervalOf(
  preference: { estimate: number; squaredError: number; n: number },
  { lists: { won, lost } }: InterleavingState,
  alpha: number,
): [number, number] {
  if (preference.squaredError > 0) {
    const { lower, upper } = confidenceSequence(preference, { alpha, tuningSampleSize: 1_000 });
    return [lower, upper];
  }
  const [lower, upper] = rateConfidenceSequence(won, won + lost, alpha);
  return [2 * lower - 1, 2 * upper - 1];
}

const meanOf = ({ placed, credit }: TeamTally): number | null => (placed > 0 ? credit / placed : null);

function readPreference(strategy: Interleaving, state: InterleavingState): GateReading {
  const { credit, alpha, minSamples } = strategy;
  const { won, lost, tied } = state.lists;
  const { incumbent, challenger } = state.teams;
  const raw = {
    gate: { metric: 'kpi', kpi: credit },
    challenger: meanOf(challenger),
    incumbent: meanOf(incumbent),
    challengerSamples: challenger.placed,
    incumbentSamples: incumbent.placed,
    group: 'challenger',
  } as const;
  const preference = preferenceOf(state);
  if (preference === null) return { ...raw, interval: null, verdict: 'inconclusive' };
  const { estimate } = preference;
  const [lower, upper] = intervalOf(preference, state, alpha);
  const up = credit.direction === 'increase';
  const enough = won + lost + tied >= minSamples;
  const better = enough && (up ? lower > 0 : upper < 0);
  const worse = enough && (up ? upper < 0 : lower > 0);
  return {
    ...raw,
    verdict: better ? 'pass' : worse ? 'fail' : 'inconclusive',
    interval: [lower, upper],
    estimate,
    pValue: signTest(won, lost),
  };
}

function readFailures({ maxErrorRate = defaultErrorRate }: Interleaving, state: InterleavingState): GateReading {
  const rows = state.teams.incumbent.placed + state.teams.challenger.placed + state.unranked;
  const interval = rateConfidenceSequence(state.unranked, rows, defaultAlpha);
  return {
    gate: { metric: 'error-rate', max: maxErrorRate },
    verdict: interval[0] > maxErrorRate ? 'fail' : rows === 0 ? 'inconclusive' : 'pass',
    challenger: rows > 0 ? state.unranked / rows : null,
    incumbent: null,
    interval: rows > 0 ? interval : null,
    challengerSamples: rows,
    incumbentSamples: rows,
  };
}

const reasons = {
  promote: { en: 'Callers prefer the challenger', ko: '새 버전의 순위를 더 선호합니다' },
  rollback: {
    en: 'Callers prefer the incumbent, or the challenger fails',
    ko: '기존 버전을 더 선호하거나 새 버전이 실패합니다',
  },
  inconclusive: { en: 'Time is up without a preference', ko: '선호를 가리지 못한 채 제한 시간이 지났습니다' },
  continue: { en: 'More data is needed', ko: '데이터가 더 필요합니다' },
} as const satisfies Partial<Record<Conclusion, { en: string; ko: string }>>;

function conclusionOf(
  { maxSeconds }: Interleaving,
  release: ConcludableRelease,
  readings: readonly GateReading[],
  nowMs: number,
): keyof typeof reasons {
  if (release.state !== 'running') return 'continue';
  if (readings.some(({ verdict }) => verdict === 'fail')) return 'rollback';
  if (readings.every(({ verdict }) => verdict === 'pass')) return 'promote';
  return (nowMs - release.stepStartedAtMs) / 1_000 > maxSeconds ? 'inconclusive' : 'continue';
}

export const interleaving: StrategyDefinition<'interleaving'> = {
  kind: 'interleaving',
  compile({ incumbent, challenger, method, length }) {
    return {
      groups: [
        { name: 'interleaved', variantId: variantId(incumbent) },
        { name: 'challenger', variantId: variantId(challenger) },
      ],
      weights: { interleaved: 1, challenger: 1 },
      safe: { interleaved: 1, challenger: 1 },
      onServerOnly: true,
      interleaving: { variantId: variantId(challenger), method, length },
    };
  },
  choose: (strategy) => ({ group: 'interleaved', variantId: variantId(strategy.incumbent), propensity: 1 }),
  wanted: ({ credit }) => wantedByKpis([credit]),
  initial: emptyInterleavingState,
  fold: foldInterleaving,
  conclude(strategy, release, state, nowMs) {
    const readings = [readPreference(strategy, state), readFailures(strategy, state)];
    const conclusion = conclusionOf(strategy, release, readings, nowMs);
    const { won, lost, tied } = state.lists;
    const { en, ko } = reasons[conclusion];
    const figures = `${describeReadings(readings)}; lists won ${won}, lost ${lost}, tied ${tied}`;
    return { conclusion, readings, reason: { en: `${en}. ${figures}.`, ko: `${ko}. ${figures}.` } };
  },
};
