/**
 * Blue/green: the challenger stands ready beside the incumbent, is tried by those who ask for it, and takes everything
 * at once; while the incumbent is kept warm, everything goes back at once.
 *
 *   step 0  the incumbent answers; a request that asks for `challenger` is answered by it, as group `preview`.
 *   step 1  the challenger answers; a request that asks for `incumbent` is answered by it, as group `preview-incumbent`.
 *
 *   step 0 ── a person switches, or every gate passes on preview traffic ──▶ step 1
 *   step 1 ── `keepSeconds` over, every gate passes ──▶ promote
 *   either ── a gate fails ──▶ rollback
 *   either ── `maxSeconds` over ──▶ inconclusive
 *
 * Gates are absolute limits (always-valid bounds, as in the canary): those who ask for a preview are no random sample,
 * so nothing can be compared. With `minSamples` unmet a gate is inconclusive: silence neither switches nor promotes.
 */
import { variantId, type Conclusion, type Strategy } from '@mulle/contract';
import type { ConcludableRelease, GroupWeights, StrategyDefinition } from '../strategy.ts';
import { emptyBlueGreenState, foldBlueGreen } from './blue-green-state.ts';
import { chooseByShare } from './choose.ts';
import { describeReadings } from './describe-readings.ts';
import { readLimit } from './service-tally.ts';

type BlueGreen = Extract<Strategy, { kind: 'blue-green' }>;

const weightsAt = (step: number): GroupWeights => ({ incumbent: step > 0 ? 0 : 1, challenger: step > 0 ? 1 : 0 });

interface Seen {
  readonly failed: boolean;
  /** Enough was seen, and all of it is good. */
  readonly passed: boolean;
}

function conclusionOf(strategy: BlueGreen, release: ConcludableRelease, seen: Seen, nowMs: number): Conclusion {
  if (release.state !== 'running') return 'continue';
  if (seen.failed) return 'rollback';
  const elapsedSeconds = (nowMs - release.stepStartedAtMs) / 1000;
  if (release.step === 0 && strategy.switch === 'gates' && strategy.gates.length > 0 && seen.passed) return 'advance';
  if (release.step > 0 && seen.passed && elapsedSeconds >= strategy.keepSeconds) return 'promote';
  return elapsedSeconds > strategy.maxSeconds ? 'inconclusive' : 'continue';
}

const reasons: Record<Exclude<Conclusion, 'pause'>, { en: string; ko: string }> = {
  advance: { en: 'Every gate passed in preview', ko: '미리보기에서 모든 게이트를 통과했습니다' },
  promote: { en: 'The challenger held after the switch', ko: '전환 후에도 안정적으로 동작했습니다' },
  rollback: { en: 'Evidence of harm', ko: '악화가 확인되었습니다' },
  inconclusive: { en: 'Time is up without a conclusion', ko: '결론 없이 제한 시간이 지났습니다' },
  continue: { en: 'Waiting for data, time or a switch', ko: '데이터, 시간 또는 전환을 기다립니다' },
};

export const blueGreen: StrategyDefinition<'blue-green'> = {
  kind: 'blue-green',
  compile(strategy, { step = 0 }) {
    return {
      groups: [
        { name: 'incumbent', variantId: variantId(strategy.incumbent) },
        { name: 'challenger', variantId: variantId(strategy.challenger) },
      ],
      weights: weightsAt(step),
      // What holds with control gone is what held last: neither side is safer than the other.
      safe: weightsAt(step),
    };
  },
  choose(strategy, compiled, weights, request) {
    const choice = chooseByShare(compiled.groups, weights, 0);
    const { preview } = request;
    if (preview === 'challenger' && choice.group !== 'challenger') {
      return { group: 'preview', variantId: variantId(strategy.challenger), propensity: 1 };
    }
    if (preview === 'incumbent' && choice.group !== 'incumbent') {
      return { group: 'preview-incumbent', variantId: variantId(strategy.incumbent), propensity: 1 };
    }
    return choice;
  },
  wanted: () => ({ outcomes: [], fields: [] }),
  initial: emptyBlueGreenState,
  fold: (_strategy, state, event) => foldBlueGreen(state, event),
  conclude(strategy, release, state, nowMs) {
    const tally = release.step > 0 ? state.challenger : state.preview;
    const { minSamples } = strategy;
    const enough = { samples: tally.decisions, minSamples, decisive: true };
    const readings = strategy.gates.map((gate) => readLimit(gate, tally, state.incumbent, enough));
    const failed = readings.some(({ verdict }) => verdict === 'fail');
    const passed = tally.decisions >= minSamples && readings.every(({ verdict }) => verdict === 'pass');
    const conclusion = conclusionOf(strategy, release, { failed, passed }, nowMs);
    const { en, ko } = reasons[conclusion === 'pause' ? 'continue' : conclusion];
    const figures = readings.length > 0 ? ` ${describeReadings(readings)}.` : '';
    return { conclusion, readings, reason: { en: `${en}.${figures}`, ko: `${ko}.${figures}` } };
  },
};
