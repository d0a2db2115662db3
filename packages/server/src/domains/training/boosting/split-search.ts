import { binsPerFeature, type Histogram } from './histogram.ts';
import { missingBin } from './quantile-bins.ts';

/** Sums over the rows of a node. */
export interface NodeSums {
  readonly gradient: number;
  readonly hessian: number;
  readonly count: number;
}

/** Left go the rows with bin ≤ `bin`, and the missing ones when `missingLeft`. */
export interface Split {
  readonly feature: number;
  readonly bin: number;
  readonly missingLeft: boolean;
  readonly gain: number;
  readonly left: NodeSums;
  readonly right: NodeSums;
}

export interface SplitRules {
  readonly l2: number;
  readonly minSamplesLeaf: number;
  readonly minHessianLeaf: number;
}

function score(gradient: number, hessian: number, l2: number): number {
  return (gradient * gradient) / (hessian + l2 + 1e-300);
}

/**
 * The split of largest gain G_L²/(H_L+λ) + G_R²/(H_R+λ) − G²/(H+λ) (Chen & Guestrin 2016, eq. 7, without the ½),
 * or null when none has a positive gain within the rules. Of equal gains the first feature and lowest bin win.
 * Missing rows are tried on both sides; where a node has none, they follow the larger child.
 */
export function findSplit(
  histogram: Histogram,
  features: readonly number[],
  binCounts: Int32Array,
  node: NodeSums,
  rules: SplitRules,
): Split | null {
  let best: Candidate = { ...noCandidate, gain: score(node.gradient, node.hessian, rules.l2) * (1 + 1e-12) };
  for (const feature of features) {
    const bins = binCounts[feature] ?? 0;
    best = scanFeature(histogram, feature, bins, false, node, rules, best);
    if ((histogram.counts[feature * binsPerFeature + missingBin] ?? 0) > 0)
      best = scanFeature(histogram, feature, bins, true, node, rules, best);
  }
  if (best.feature < 0) return null;
  const missing = histogram.counts[best.feature * binsPerFeature + missingBin] ?? 0;
  const left = { gradient: best.gradient, hessian: best.hessian, count: best.count };
  const right = {
    gradient: node.gradient - left.gradient,
    hessian: node.hessian - left.hessian,
    count: node.count - left.count,
  };
  return {
    feature: best.feature,
    bin: best.bin,
    missingLeft: missing > 0 ? best.missingLeft : left.count >= right.count,
    gain: best.gain - score(node.gradient, node.hessian, rules.l2),
    left,
    right,
  };
}

interface Candidate {
  readonly feature: number;
  readonly bin: number;
  readonly missingLeft: boolean;
  readonly gain: number;
  readonly gradient: number;
  readonly hessian: number;
  readonly count: number;
}

const noCandidate: Candidate = {
  feature: -1,
  bin: 0,
  missingLeft: false,
  gain: 0,
  gradient: 0,
  hessian: 0,
  count: 0,
};

/** `incumbent` unless a cut of this feature beats it. With `missingLeft` the sums start from the missing rows. */
function scanFeature(
  { pairs, counts }: Histogram,
  feature: number,
  bins: number,
  missingLeft: boolean,
  node: NodeSums,
  { l2, minSamplesLeaf, minHessianLeaf }: SplitRules,
  incumbent: Candidate,
): Candidate {
  const base = feature * binsPerFeature;
  const missingAt = base + missingBin;
  let gradient = missingLeft ? (pairs[2 * missingAt] ?? 0) : 0;
  let hessian = missingLeft ? (pairs[2 * missingAt + 1] ?? 0) : 0;
  let count = missingLeft ? (counts[missingAt] ?? 0) : 0;
  let best = incumbent;
  for (let bin = 0; bin < bins; bin++) {
    const at = base + bin;
    gradient += pairs[2 * at] ?? 0;
    hessian += pairs[2 * at + 1] ?? 0;
    count += counts[at] ?? 0;
    if (count < minSamplesLeaf || hessian < minHessianLeaf) continue;
    if (node.count - count < minSamplesLeaf || node.hessian - hessian < minHessianLeaf) break;
    const gain = score(gradient, hessian, l2) + score(node.gradient - gradient, node.hessian - hessian, l2);
    if (gain > best.gain) best = { feature, bin, missingLeft, gain, gradient, hessian, count };
  }
  return best;
}
