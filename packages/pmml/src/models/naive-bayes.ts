import type { Frame } from '../frame.ts';
import { compileExpression, isExpression } from '../expression.ts';
import { PmmlError } from '../pmml-error.ts';
import { castTo } from '../value.ts';
import { attributeOf, childOf, childrenOf, numberAttribute, requiredChild, type XmlElement } from '../xml.ts';
import { largest, normalised, type ModelContext, type Scorer } from './prediction.ts';

/** Logarithms of the likelihood of a row's value by category; null where the value is missing. */
type Evidence = (frame: Frame) => ReadonlyMap<string, number> | null;

/** https://dmg.org/pmml/v4-4-1/NaiveBayes.html: priors times the likelihood of each input that is there. */
export function compileNaiveBayes(context: ModelContext): Scorer {
  const { element } = context;
  const threshold = numberAttribute(element, 'threshold');
  const output = requiredChild(element, 'BayesOutput');
  const priors = countsOf(requiredChild(output, 'TargetValueCounts'));
  const evidence = childrenOf(requiredChild(element, 'BayesInputs'), 'BayesInput').map((input) =>
    readInput(input, context, priors, threshold),
  );
  return (frame) => {
    const logarithms = new Map([...priors].map(([category, count]) => [category, Math.log(count)]));
    for (const each of evidence) {
      const likelihoods = each(frame);
      if (likelihoods === null) continue;
      for (const [category, sum] of logarithms) {
        logarithms.set(category, sum + (likelihoods.get(category) ?? Math.log(threshold)));
      }
    }
    const most = Math.max(...logarithms.values());
    const probabilities = normalised(
      new Map([...logarithms].map(([category, sum]) => [category, Math.exp(sum - most)])),
    );
    return { value: largest(probabilities), probabilities };
  };
}

function countsOf(element: XmlElement): Map<string, number> {
  const counts = childrenOf(element, 'TargetValueCount');
  return new Map(counts.map((each) => [attributeOf(each, 'value'), numberAttribute(each, 'count')]));
}

function readInput(
  element: XmlElement,
  { scope }: ModelContext,
  priors: ReadonlyMap<string, number>,
  threshold: number,
): Evidence {
  const { place } = scope.resolve(attributeOf(element, 'fieldName'));
  const stats = childOf(element, 'TargetValueStats');
  if (stats !== undefined) return continuous(place, stats, threshold);
  const derived = childOf(element, 'DerivedField')?.children.find(isExpression);
  const compiled = derived === undefined ? undefined : compileExpression(derived, scope);
  const counts = childrenOf(element, 'PairCounts').map((pair) => ({
    value: attributeOf(pair, 'value'),
    counts: countsOf(requiredChild(pair, 'TargetValueCounts')),
  }));
  const totals = new Map<string, number>();
  for (const pair of counts) {
    for (const [category, count] of pair.counts) totals.set(category, (totals.get(category) ?? 0) + count);
  }
  const byValue = new Map(
    counts.map((pair) => {
      const shares = [...priors.keys()].map((category): [string, number] => {
        const share = (pair.counts.get(category) ?? 0) / (totals.get(category) ?? 0);
        return [category, Math.log(share > 0 ? share : threshold)];
      });
      return [pair.value, new Map(shares)];
    }),
  );
  return (frame) => {
    const value = compiled === undefined ? frame.get(place) : compiled.compute(frame);
    return value === null ? null : (byValue.get(String(castTo('string')(value))) ?? null);
  };
}

function continuous(place: number, stats: XmlElement, threshold: number): Evidence {
  const densities = childrenOf(stats, 'TargetValueStat').map((stat): [string, (x: number) => number] => [
    attributeOf(stat, 'value'),
    logDensity(stat),
  ]);
  const least = Math.log(threshold);
  return (frame) => {
    const value = frame.get(place);
    if (value === null) return null;
    return new Map(densities.map(([category, density]) => [category, Math.max(least, density(Number(value)))]));
  };
}

function logDensity(stat: XmlElement): (x: number) => number {
  const gaussian = childOf(stat, 'GaussianDistribution');
  if (gaussian !== undefined) {
    const [mean, variance] = [numberAttribute(gaussian, 'mean'), numberAttribute(gaussian, 'variance')];
    return (x) => -((x - mean) ** 2) / (2 * variance) - Math.log(2 * Math.PI * variance) / 2;
  }
  const poisson = childOf(stat, 'PoissonDistribution');
  if (poisson !== undefined) {
    const mean = numberAttribute(poisson, 'mean');
    return (x) => x * Math.log(mean) - mean - logFactorial(x);
  }
  throw new PmmlError('TargetValueStat needs a Gaussian or a Poisson distribution.');
}

function logFactorial(n: number): number {
  let sum = 0;
  for (let factor = 2; factor <= n; factor++) sum += Math.log(factor);
  return sum;
}
