import { PmmlError } from '../pmml-error.ts';
import { normalCdf } from '../normal-distribution.ts';
import type { ModelContext } from './prediction.ts';

/** Of single precision, as JPMML has them: the digits of e and π that it holds. */
const single = { e: 2.7182817, pi: 3.1415927 };
const isSingle = (round: ModelContext['round']): boolean => round(Math.E) !== Math.E;

/** e to the power of x, in the precision that `round` gives. */
export function exponential(round: ModelContext['round']): (x: number) => number {
  return isSingle(round) ? (x) => round(single.e ** x) : Math.exp;
}

/**
 * From the linear predictor to the mean: https://dmg.org/pmml/v4-4-1/GeneralRegression.html, and the normalisations
 * of https://dmg.org/pmml/v4-4-1/Regression.html, which are the same functions. `round` is asked after every step, as
 * arithmetic in that precision does; `parameter` is the link's own.
 */
export function inverseLink(name: string, round: ModelContext['round'], parameter = Number.NaN): (x: number) => number {
  const exp = exponential(round);
  const logistic = (x: number): number => round(1 / round(1 + exp(-x)));
  switch (name) {
    case 'identity':
    case 'none':
      return (x) => x;
    case 'log':
    case 'exp':
      return exp;
    case 'logit':
    case 'softmax':
      return logistic;
    case 'probit':
      return (x) => round(normalCdf(x));
    case 'cloglog':
      return (x) => round(1 - exp(-exp(x)));
    case 'loglog':
      return (x) => exp(-exp(-x));
    case 'logc':
      return (x) => round(1 - exp(x));
    case 'cauchit':
      return isSingle(round)
        ? (x) => round(0.5 + round(round(1 / round(single.pi)) * round(Math.atan(x))))
        : (x) => 0.5 + Math.atan(x) / Math.PI;
    case 'negbin':
      return (x) => round(1 / round(parameter * round(exp(-x) - 1)));
    case 'oddspower':
      return parameter === 0 ? logistic : (x) => round(1 / (1 + (1 + parameter * x) ** (-1 / parameter)));
    case 'power':
      return parameter === 0 ? exp : (x) => round(x ** (1 / parameter));
    default:
      throw new PmmlError(`The link or normalisation "${name}" is not supported.`);
  }
}
