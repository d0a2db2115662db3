import { PmmlError } from './pmml-error.ts';
import type { Expression, Scope } from './scope.ts';
import { literal } from './value.ts';
import { attributeOf, childrenOf, numberAttribute, wordAttribute, type XmlElement } from './xml.ts';

interface Point {
  readonly from: number;
  readonly to: number;
}

/** Straight lines between points; beyond them the first and last go on, stop, or give nothing. */
export function compileNormContinuous(element: XmlElement, scope: Scope): Expression {
  const { place } = scope.resolve(attributeOf(element, 'field'));
  const points = childrenOf(element, 'LinearNorm').map((norm): Point => ({
    from: numberAttribute(norm, 'orig'),
    to: numberAttribute(norm, 'norm'),
  }));
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || points.length < 2) {
    throw new PmmlError('NormContinuous needs two LinearNorm at least.');
  }
  const mapped = element.attributes['mapMissingTo'];
  const missing = mapped === undefined ? null : literal(mapped, 'double');
  const outliers = wordAttribute(element, 'outliers', ['asIs', 'asMissingValues', 'asExtremeValues']);
  return {
    dataType: 'double',
    compute: (frame) => {
      const value = frame.get(place);
      if (value === null) return missing;
      const x = Number(value);
      if (x < first.from || x > last.from) {
        if (outliers === 'asMissingValues') return null;
        if (outliers === 'asExtremeValues') return x < first.from ? first.to : last.to;
      }
      return between(points, x);
    },
  };
}

function between(points: readonly Point[], x: number): number {
  let upper = points.findIndex(({ from }) => x <= from);
  if (upper < 0) upper = points.length - 1;
  const [low, high] = [points[Math.max(0, upper - 1)], points[Math.max(1, upper)]];
  if (low === undefined || high === undefined) return Number.NaN;
  return ((x - low.from) / (high.from - low.from)) * (high.to - low.to) + low.to;
}
