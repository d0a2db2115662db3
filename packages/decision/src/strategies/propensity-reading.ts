import type { GateReading } from '@mulle/contract';
import { asymptoticConfidenceSequence, type Moments } from '@mulle/stats';

/** False alarms over the whole release; propensities that are not those of the choice are found far below it. */
const alpha = 0.001;
/** Decisions before the sequence's normal approximation is trusted. */
const fewest = 500;

/**
 * Whether arms were chosen as often as the propensities say that were logged with them. 1 / propensity where an arm was
 * chosen and 0 elsewhere has a mean of 1, whatever the shares were and however they moved, so the mean's confidence
 * sequence holds 1 at every look. Propensities that were computed later, from what the choice led to, break that: the
 * arms that lost count as rarer than they were. Only more than 1 is a fault: an arm that cannot answer for a while is
 * chosen less, and says so in its propensity. Null without a floor, for then an arm's share may rightly be 0.
 */
export function readPropensities(inverse: Readonly<Record<string, Moments>>, floor: number): GateReading | null {
  if (!(floor > 0)) return null;
  const arms = Object.entries(inverse);
  let worst: { group: string; mean: number; interval: [number, number]; pValue: number } | undefined;
  for (const [group, moments] of arms) {
    if (moments.n < fewest) continue;
    const sequence = asymptoticConfidenceSequence(moments, { alpha: alpha / arms.length, nullValue: 1 });
    if (!sequence.conclusive || (worst && sequence.lower <= worst.interval[0])) continue;
    const { lower, upper, pValue, estimate } = sequence;
    worst = { group, mean: estimate, interval: [lower, upper], pValue: Math.min(1, pValue * arms.length) };
  }
  const n = arms[0]?.[1].n ?? 0;
  return {
    gate: { metric: 'sample-ratio', alpha },
    verdict: worst === undefined ? 'inconclusive' : worst.interval[0] > 1 ? 'fail' : 'pass',
    challenger: worst?.mean ?? null,
    incumbent: null,
    interval: worst?.interval ?? null,
    challengerSamples: n,
    incumbentSamples: 0,
    ...(worst === undefined ? {} : { group: worst.group, pValue: worst.pValue }),
  };
}
