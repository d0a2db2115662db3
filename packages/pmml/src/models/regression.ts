import type { Frame } from '../frame.ts';
import { PmmlError } from '../pmml-error.ts';
import type { Scope } from '../scope.ts';
import { equalValues, literal } from '../value.ts';
import { attributeOf, childrenOf, numberAttribute, wordAttribute, type XmlElement } from '../xml.ts';
import { exponential, inverseLink } from './links.ts';
import { largest, type ModelContext, type Scorer } from './prediction.ts';

const normalisations = [
  'none',
  'simplemax',
  'softmax',
  'logit',
  'probit',
  'cloglog',
  'exp',
  'loglog',
  'cauchit',
] as const;
type Normalisation = (typeof normalisations)[number];
type Round = ModelContext['round'];
/** The sum of a regression table; null where a number that it needs is missing. */
type Table = (frame: Frame) => number | null;

/** https://dmg.org/pmml/v4-4-1/Regression.html */
export function compileRegression(context: ModelContext): Scorer {
  const { element, scope, isClassification, target, round } = context;
  const normalisation = wordAttribute(element, 'normalizationMethod', normalisations);
  const tables = childrenOf(element, 'RegressionTable');
  if (!isClassification) {
    const [only] = tables;
    if (only === undefined) throw new PmmlError('RegressionModel has no RegressionTable.');
    const table = compileTable(only, scope, round);
    const normalise = inverseLink(normalisation, round);
    return (frame) => {
      const sum = table(frame);
      return sum === null ? null : { value: normalise(sum) };
    };
  }
  const categories = tables.map((table) => attributeOf(table, 'targetCategory'));
  const compiled = tables.map((table) => compileTable(table, scope, round));
  const probabilitiesOf = classifier(normalisation, categories.length, target?.optype === 'ordinal', round);
  return (frame) => {
    const sums: number[] = [];
    for (const table of compiled) {
      const sum = table(frame);
      if (sum === null) return null;
      sums.push(sum);
    }
    const shares = probabilitiesOf(sums);
    const probabilities = new Map(categories.map((category, index) => [category, shares[index] ?? Number.NaN]));
    return { value: largest(probabilities), probabilities };
  };
}

function classifier(
  method: Normalisation,
  categories: number,
  isOrdinal: boolean,
  round: Round,
): (sums: readonly number[]) => readonly number[] {
  if (method === 'softmax') return (sums) => softmax(sums, round);
  if (method === 'simplemax') return (sums) => shares(sums, round);
  const each = inverseLink(method, round);
  if (isOrdinal) {
    return (sums) => {
      const cumulative = sums.map((sum, index) => (index === sums.length - 1 ? 1 : each(sum)));
      return cumulative.map((value, index) => round(value - (index === 0 ? 0 : (cumulative[index - 1] ?? 0))));
    };
  }
  if (categories === 2) {
    return ([sum = Number.NaN]) => {
      const first = each(sum);
      return [first, round(1 - first)];
    };
  }
  if (method === 'logit') return (sums) => shares(sums.map(each), round);
  if (method !== 'none') throw new PmmlError(`The normalisation ${method} is for two categories.`);
  return (sums) => {
    const others = sums.slice(0, -1);
    return [...others, round(1 - others.reduce((sum, value) => round(sum + value), 0))];
  };
}

export function softmax(sums: readonly number[], round: Round): number[] {
  const most = Math.max(...sums);
  const exp = exponential(round);
  return shares(
    sums.map((sum) => exp(round(sum - most))),
    round,
  );
}

function shares(values: readonly number[], round: Round): number[] {
  const total = values.reduce((sum, value) => round(sum + value), 0);
  return values.map((value) => round(value / total));
}

function compileTable(element: XmlElement, scope: Scope, round: Round): Table {
  const intercept = round(numberAttribute(element, 'intercept'));
  const terms = [
    ...childrenOf(element, 'NumericPredictor').map((term) => numericTerm(term, scope, round)),
    ...childrenOf(element, 'CategoricalPredictor').map((term) => categoricalTerm(term, scope, round)),
    ...childrenOf(element, 'PredictorTerm').map((term) => productTerm(term, scope, round)),
  ];
  return (frame) => {
    let sum = 0;
    for (const term of terms) {
      const value = term(frame);
      if (value === null) return null;
      sum = round(sum + value);
    }
    return round(sum + intercept);
  };
}

function numericTerm(element: XmlElement, scope: Scope, round: Round): Table {
  const { place } = scope.resolve(attributeOf(element, 'name'));
  const coefficient = round(numberAttribute(element, 'coefficient'));
  const exponent = numberAttribute(element, 'exponent', 1);
  return (frame) => {
    const value = frame.get(place);
    if (value === null) return null;
    const power = exponent === 1 ? Number(value) : round(Number(value) ** exponent);
    return round(coefficient * round(power));
  };
}

/** A category that is missing is none of them. */
function categoricalTerm(element: XmlElement, scope: Scope, round: Round): Table {
  const { place, dataType } = scope.resolve(attributeOf(element, 'name'));
  const coefficient = round(numberAttribute(element, 'coefficient'));
  const category = literal(attributeOf(element, 'value'), dataType);
  return (frame) => (equalValues(frame.get(place), category) ? coefficient : 0);
}

function productTerm(element: XmlElement, scope: Scope, round: Round): Table {
  const coefficient = round(numberAttribute(element, 'coefficient'));
  const places = childrenOf(element, 'FieldRef').map(
    (reference) => scope.resolve(attributeOf(reference, 'field')).place,
  );
  return (frame) => {
    let product = coefficient;
    for (const place of places) {
      const value = frame.get(place);
      if (value === null) return null;
      product = round(product * round(Number(value)));
    }
    return product;
  };
}
