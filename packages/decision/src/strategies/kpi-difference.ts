import type { Kpi } from '@mulle/contract';
import { mergeClusterSums, type ClusterSums, type Effect } from '@mulle/stats';
import type { CanaryState } from './canary-state.ts';
import { trustedDifference } from './kpi-reading.ts';

const isShared = (share: string): boolean => Number(share) > 0 && Number(share) < 1;

/** A KPI's sums of both groups over all shares at which both answered. */
export function kpiTotals(
  kpi: Kpi,
  state: CanaryState,
): { challenger: ClusterSums | undefined; incumbent: ClusterSums | undefined } {
  const totalOf = (group: 'challenger' | 'incumbent'): ClusterSums | undefined => {
    let total: ClusterSums | undefined;
    for (const [share, stratum] of Object.entries(state.strata)) {
      const sums = isShared(share) ? stratum[group].kpis[kpi.name] : undefined;
      if (sums) total = total ? mergeClusterSums(total, sums) : sums;
    }
    return total;
  };
  return { challenger: totalOf('challenger'), incumbent: totalOf('incumbent') };
}

/**
 * The difference challenger − incumbent of a KPI over a canary whose share grew: taken within each share, where the
 * assignment is random, and combined with weights n₁n₀/(n₁+n₀) (see `log-loss-difference.ts`). A share at which too
 * little was seen is left out; null while all are. Shares are taken as independent, though a unit may have been met at
 * several: its errors there are nearly so, since its share of either sum is small.
 */
export function kpiDifference(kpi: Kpi, state: CanaryState): Effect | null {
  const differences = Object.entries(state.strata).flatMap(([share, { challenger, incumbent }]) => {
    const control = incumbent.kpis[kpi.name];
    const treatment = challenger.kpis[kpi.name];
    const difference = isShared(share) && control && treatment ? trustedDifference(kpi, control, treatment) : null;
    return difference ? [difference] : [];
  });
  if (differences.length === 0) return null;
  const weightOf = ({ controlN, treatmentN }: { controlN: number; treatmentN: number }): number =>
    (controlN * treatmentN) / (controlN + treatmentN);
  const total = differences.reduce((sum, difference) => sum + weightOf(difference), 0);
  const sumOf = (value: (difference: (typeof differences)[number], weight: number) => number): number =>
    differences.reduce((sum, difference) => sum + value(difference, weightOf(difference) / total), 0);
  return {
    estimate: sumOf(({ estimate }, weight) => weight * estimate),
    squaredError: sumOf(({ squaredError }, weight) => weight ** 2 * squaredError),
    n: sumOf(({ n }) => n),
    degreesOfFreedom: Math.min(...differences.map(({ degreesOfFreedom }) => degreesOfFreedom)),
  };
}
