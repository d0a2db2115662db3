import { PmmlError } from '../pmml-error.ts';
import { normalCdf } from '../normal-distribution.ts';

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

const inverses: Readonly<Record<string, (x: number) => number>> = {
  identity: (x) => x,
  none: (x) => x,
  log: Math.exp,
  exp: Math.exp,
  logit: logistic,
  softmax: logistic,
  probit: normalCdf,
  cloglog: (x) => 1 - Math.exp(-Math.exp(x)),
  loglog: (x) => Math.exp(-Math.exp(-x)),
  logc: (x) => 1 - Math.exp(x),
  cauchit: (x) => 0.5 + Math.atan(x) / Math.PI,
};

/**
 * From the linear predictor to the mean: https://dmg.org/pmml/v4-4-1/GeneralRegression.html, and the normalisations
 * of https://dmg.org/pmml/v4-4-1/Regression.html, which are the same functions. `parameter` is the link's own.
 */
export function inverseLink(name: string, parameter = Number.NaN): (x: number) => number {
  if (name === 'negbin') return (x) => 1 / (parameter * (Math.exp(-x) - 1));
  if (name === 'oddspower')
    return parameter === 0 ? logistic : (x) => 1 / (1 + (1 + parameter * x) ** (-1 / parameter));
  if (name === 'power') return parameter === 0 ? Math.exp : (x) => x ** (1 / parameter);
  const inverse = inverses[name];
  if (inverse === undefined) throw new PmmlError(`The link or normalisation "${name}" is not supported.`);
  return inverse;
}
