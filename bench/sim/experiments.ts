import {
  addToClusterSums,
  addToMoments,
  benjaminiHochberg,
  emptyClusterSums,
  emptyMoments,
  ratioDifference,
  sampleSizeForMeans,
  studentTQuantile,
  welchTTest,
} from '@mulle/stats';
import { normal, seededUniform } from './random.ts';
import { meanNear, shareAtMost, shareWithin, type Figure } from './study.ts';

/** Coverage of the 95 % interval of a ratio whose observations are clustered by user. */
export function coverage(runs: number, seed: number): Figure {
  const random = seededUniform(seed);
  let covered = 0;
  for (let run = 0; run < runs; run += 1) {
    const arms = [0, 1].map((arm) => {
      const sums = emptyClusterSums({ buckets: 256, hasDenominator: true, hasCovariate: false });
      for (let user = 0; user < 400; user += 1) {
        const place = random();
        const taste = normal(random);
        const visits = 1 + Math.floor(random() * 4);
        for (let visit = 0; visit < visits; visit += 1) {
          const denominator = 1 + Math.floor(random() * 3);
          addToClusterSums(sums, place, {
            n: 1,
            numerator: denominator * (2 + taste + normal(random) + arm),
            denominator,
          });
        }
      }
      return sums;
    });
    const [control, treatment] = arms;
    const result = control && treatment && ratioDifference(control, treatment);
    if (!result) continue;
    const reach = studentTQuantile(0.975, result.degreesOfFreedom) * Math.sqrt(result.squaredError);
    if (Math.abs(result.estimate - 1) <= reach) covered += 1;
  }
  return shareWithin(covered, runs, 0.94, 0.96);
}

/** Power at the planned sample size, planned for 80 %. */
export function power(runs: number, seed: number): Figure {
  const random = seededUniform(seed);
  const size = sampleSizeForMeans(0.3, 1);
  let seen = 0;
  for (let run = 0; run < runs; run += 1) {
    const control = emptyMoments();
    const treatment = emptyMoments();
    for (let unit = 0; unit < size; unit += 1) {
      addToMoments(control, normal(random));
      addToMoments(treatment, 0.3 + normal(random));
    }
    const result = welchTTest(control, treatment);
    if (result.conclusive && result.pValue <= 0.05) seen += 1;
  }
  return shareWithin(seen, runs, 0.78, 0.82);
}

/** Mean share of false findings after Benjamini–Hochberg: 20 comparisons, 5 of them real. */
export function falseDiscoveryRate(runs: number, seed: number): Figure {
  const random = seededUniform(seed);
  let findings = 0;
  let falseShare = 0;
  for (let run = 0; run < runs; run += 1) {
    const pValues = Array.from({ length: 20 }, (_, index) => {
      const [control, treatment] = [emptyMoments(), emptyMoments()];
      for (let unit = 0; unit < 50; unit += 1) {
        addToMoments(control, normal(random));
        addToMoments(treatment, (index < 5 ? 0.8 : 0) + normal(random));
      }
      const result = welchTTest(control, treatment);
      return result.conclusive ? result.pValue : 1;
    });
    const found = benjaminiHochberg(pValues).flatMap((p, index) => (p <= 0.05 ? [index] : []));
    findings += found.length;
    if (found.length > 0) falseShare += found.filter((index) => index >= 5).length / found.length;
  }
  const figure = shareAtMost(falseShare, runs, 0.05);
  return { ...figure, ok: figure.ok && findings > runs };
}

/** Share of the variance that a covariate of correlation 0.7 takes out: 1 − (1 − ρ²) = ρ² = 0.49 is gone. */
export function cupedReduction(runs: number, seed: number): Figure {
  const random = seededUniform(seed);
  const reductions = Array.from({ length: runs }, () => {
    const [control, treatment] = [0, 1].map(() => {
      const sums = emptyClusterSums({ buckets: 500, hasDenominator: false, hasCovariate: true });
      for (let unit = 0; unit < 500; unit += 1) {
        const covariate = normal(random);
        const numerator = 0.7 * covariate + Math.sqrt(0.51) * normal(random);
        addToClusterSums(sums, (unit + 0.5) / 500, { n: 1, numerator, covariate });
      }
      return sums;
    });
    return (control && treatment && ratioDifference(control, treatment)?.varianceReduction) ?? 0;
  });
  return meanNear(reductions, 0.49, 0.005);
}
