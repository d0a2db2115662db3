import type { Prediction, Scorer, Target } from './models/prediction.ts';
import { childOf, childrenOf, numberAttribute, wordAttribute, type XmlElement } from './xml.ts';

const castings: Readonly<Record<string, (value: number) => number>> = {
  round: (value) => Math.floor(value + 0.5),
  ceiling: Math.ceil,
  floor: Math.floor,
};

/** What `Targets` makes of a model's answer: bounds, then scale, then whole numbers; and what stands in for none. */
export function withTargets(
  element: XmlElement,
  target: Target | null,
  round: (value: number) => number,
  score: Scorer,
): { score: Scorer; displayValues: ReadonlyMap<string, string> } {
  const targets = childOf(element, 'Targets');
  const all = targets === undefined ? [] : childrenOf(targets, 'Target');
  const own = all.find(({ attributes }) => attributes['field'] === undefined || attributes['field'] === target?.name);
  if (own === undefined) return { score, displayValues: new Map() };
  const displayValues = new Map<string, string>();
  for (const value of childrenOf(own, 'TargetValue')) {
    const { value: category, displayValue } = value.attributes;
    if (category !== undefined && displayValue !== undefined) displayValues.set(category, displayValue);
  }
  const fallback = withoutAnswer(own);
  const treat = treatment(own, round);
  return {
    displayValues,
    score: (frame) => {
      const prediction = score(frame);
      if (prediction === null || prediction.value === null) return fallback;
      return typeof prediction.value === 'number' ? { ...prediction, value: treat(prediction.value) } : prediction;
    },
  };
}

/** The default of a number, or the priors of categories. */
function withoutAnswer(element: XmlElement): Prediction | null {
  const values = childrenOf(element, 'TargetValue');
  const [first] = values;
  if (first?.attributes['defaultValue'] !== undefined) return { value: numberAttribute(first, 'defaultValue') };
  const priors = values.filter(({ attributes }) => attributes['priorProbability'] !== undefined);
  if (priors.length === 0) return null;
  const probabilities = new Map(
    priors.map((each) => [each.attributes['value'] ?? '', numberAttribute(each, 'priorProbability')]),
  );
  const [winner = null] = [...probabilities].toSorted(([, a], [, b]) => b - a)[0] ?? [];
  return { value: winner, probabilities };
}

function treatment(element: XmlElement, round: (value: number) => number): (value: number) => number {
  const minimum = numberAttribute(element, 'min', -Infinity);
  const maximum = numberAttribute(element, 'max', Infinity);
  const factor = numberAttribute(element, 'rescaleFactor', 1);
  const constant = numberAttribute(element, 'rescaleConstant', 0);
  const casting = wordAttribute(element, 'castInteger', ['', 'round', 'ceiling', 'floor']);
  const cast = castings[casting] ?? ((value: number) => value);
  return (value) => {
    const scaled = round(Math.min(maximum, Math.max(minimum, value)) * round(factor));
    return cast(round(scaled + round(constant)));
  };
}
