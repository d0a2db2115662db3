import type { Frame } from '../frame.ts';
import { PmmlError } from '../pmml-error.ts';
import type { Scope } from '../scope.ts';
import { arrayWords, equalValues, literal } from '../value.ts';
import {
  attributeOf,
  childOf,
  childrenOf,
  numberAttribute,
  requiredChild,
  wordAttribute,
  type XmlElement,
} from '../xml.ts';
import { inverseLink } from './links.ts';
import { largest, type ModelContext, type Scorer } from './prediction.ts';
import { softmax } from './regression.ts';

type Term = (frame: Frame) => number | null;

interface LinearPredictor {
  /** Null for the coefficients of all categories. */
  readonly category: string | null;
  readonly sum: Term;
}

const kinds = [
  'regression',
  'generalLinear',
  'multinomialLogistic',
  'ordinalMultinomial',
  'generalizedLinear',
] as const;

/** https://dmg.org/pmml/v4-4-1/GeneralRegression.html, but for Cox regression. */
export function compileGeneralRegression(context: ModelContext): Scorer {
  const { element, isClassification } = context;
  attributeOf(element, 'modelType');
  const kind = wordAttribute(element, 'modelType', kinds);
  const predictors = readPredictors(context);
  if (kind === 'multinomialLogistic') return multinomial(context, predictors);
  if (kind === 'ordinalMultinomial') return ordinal(context, predictors);
  const link = kind === 'generalizedLinear' ? linkOf(context) : (x: number): number => x;
  if (isClassification) return binomial(context, predictors, link);
  const [only] = predictors;
  if (only === undefined) throw new PmmlError('GeneralRegressionModel has no coefficients.');
  const trials = variableOrValue(context, 'trials', 1);
  return (frame) => {
    const sum = only.sum(frame);
    const times = trials(frame);
    return sum === null || times === null ? null : { value: link(sum) * times };
  };
}

function linkOf({ element, round }: ModelContext): (x: number) => number {
  const name = element.attributes['linkFunction'] ?? 'identity';
  const parameter = name === 'negbin' ? 'distParameter' : 'linkParameter';
  return inverseLink(name, round, numberAttribute(element, parameter, Number.NaN));
}

/** `trialsVariable` or `trialsValue`, `offsetVariable` or `offsetValue`. */
function variableOrValue({ element, scope }: ModelContext, name: string, fallback: number): Term {
  const variable = element.attributes[`${name}Variable`];
  if (variable === undefined) {
    const value = numberAttribute(element, `${name}Value`, fallback);
    return () => value;
  }
  const { place } = scope.resolve(variable);
  return (frame) => {
    const value = frame.get(place);
    return value === null ? null : Number(value);
  };
}

/** One linear predictor for each category that has coefficients of its own, in their order. */
function readPredictors(context: ModelContext): LinearPredictor[] {
  const { element } = context;
  const cells = childrenOf(requiredChild(element, 'ParamMatrix'), 'PCell');
  const categories = [...new Set(cells.map((cell) => cell.attributes['targetCategory'] ?? null))];
  const offset = variableOrValue(context, 'offset', 0);
  return categories
    .filter((category) => category !== null || categories.length === 1 || kindOf(element) !== 'ordinalMultinomial')
    .map((category) => {
      const own = cells.filter((cell) => {
        const of = cell.attributes['targetCategory'] ?? null;
        return of === category || (of === null && kindOf(element) === 'ordinalMultinomial');
      });
      const terms = own.map((cell) => ({
        beta: numberAttribute(cell, 'beta'),
        value: parameterValue(attributeOf(cell, 'parameterName'), category, context),
      }));
      return { category, sum: linearSum(terms, offset) };
    });
}

function kindOf(element: XmlElement): string | undefined {
  return element.attributes['modelType'];
}

function linearSum(terms: readonly { beta: number; value: Term }[], offset: Term): Term {
  return (frame) => {
    let sum = offset(frame);
    for (const { beta, value } of terms) {
      const factor = value(frame);
      if (sum === null || factor === null) return null;
      sum += beta * factor;
    }
    return sum;
  };
}

/** The product of what the cells of the predictor-parameter matrix make of their predictors; 1 without any. */
function parameterValue(parameter: string, category: string | null, { element, scope }: ModelContext): Term {
  const matrix = childOf(element, 'PPMatrix');
  const cells = (matrix === undefined ? [] : childrenOf(matrix, 'PPCell')).filter((cell) => {
    const of = cell.attributes['targetCategory'];
    return cell.attributes['parameterName'] === parameter && (of === undefined || of === category);
  });
  const factors = new Map(
    childrenOf(childOf(element, 'FactorList') ?? element, 'Predictor').map((each) => [attributeOf(each, 'name'), each]),
  );
  const [categorical, numeric]: [Term[], Term[]] = [[], []];
  for (const cell of cells) {
    const factor = factors.get(attributeOf(cell, 'predictorName'));
    if (factor === undefined) numeric.push(covariate(cell, scope));
    else categorical.push(factorValue(cell, factor, scope));
  }
  const parts = [...categorical, ...numeric];
  return (frame) => {
    let product = 1;
    for (const part of parts) {
      const value = part(frame);
      // Of a category that is another's, numbers need not be there.
      if (value === null || value === 0) return value;
      product *= value;
    }
    return product;
  };
}

function covariate(cell: XmlElement, scope: Scope): Term {
  const { place } = scope.resolve(attributeOf(cell, 'predictorName'));
  const exponent = numberAttribute(cell, 'value', 1);
  return (frame) => {
    const value = frame.get(place);
    return value === null ? null : Number(value) ** exponent;
  };
}

/** 1 for the cell's category and 0 for others, or what the predictor's contrast matrix has for the two. */
function factorValue(cell: XmlElement, predictor: XmlElement, scope: Scope): Term {
  const { place, dataType } = scope.resolve(attributeOf(cell, 'predictorName'));
  const category = literal(attributeOf(cell, 'value'), dataType);
  const matrix = childOf(predictor, 'Matrix');
  const listed = childOf(predictor, 'Categories');
  if (matrix === undefined || listed === undefined) {
    return (frame) => {
      const value = frame.get(place);
      return value === null ? null : Number(equalValues(value, category));
    };
  }
  const categories = childrenOf(listed, 'Category').map((each) => literal(attributeOf(each, 'value'), dataType));
  const contrasts = childrenOf(matrix, 'Array').map((row) => arrayWords(row.text).map(Number));
  const column = categories.findIndex((each) => equalValues(each, category));
  return (frame) => {
    const value = frame.get(place);
    const row = categories.findIndex((each) => equalValues(each, value));
    return value === null || row < 0 ? null : (contrasts[row]?.[column] ?? null);
  };
}

/** The target's categories, the reference last where its place is not declared. */
function categoriesOf({ element, target }: ModelContext, predictors: readonly LinearPredictor[]): string[] {
  const declared = (target?.categories ?? []).map(String);
  if (declared.length > 0) return declared;
  const reference = element.attributes['targetReferenceCategory'];
  const named = predictors.flatMap(({ category }) => (category === null ? [] : [category]));
  return reference === undefined || named.includes(reference) ? named : [...named, reference];
}

function multinomial(context: ModelContext, predictors: readonly LinearPredictor[]): Scorer {
  const categories = categoriesOf(context, predictors);
  const sums = categories.map((category) => predictors.find((each) => each.category === category)?.sum ?? (() => 0));
  return (frame) => {
    const values: number[] = [];
    for (const sum of sums) {
      const value = sum(frame);
      if (value === null) return null;
      values.push(value);
    }
    const shares = softmax(values, context.round);
    const probabilities = new Map(categories.map((category, index) => [category, shares[index] ?? Number.NaN]));
    return { value: largest(probabilities), probabilities };
  };
}

/** Cumulative probabilities by category in order; the last is certain. */
function ordinal(context: ModelContext, predictors: readonly LinearPredictor[]): Scorer {
  const categories = categoriesOf(context, predictors);
  const inverse = inverseLink(context.element.attributes['cumulativeLinkFunction'] ?? 'logit', context.round);
  const sums = categories.map((category) => predictors.find((each) => each.category === category)?.sum);
  return (frame) => {
    const probabilities = new Map<string, number>();
    let below = 0;
    for (const [index, category] of categories.entries()) {
      const sum = sums[index]?.(frame);
      if (sum === null) return null;
      const upTo = sum === undefined || index === categories.length - 1 ? 1 : inverse(sum);
      probabilities.set(category, upTo - below);
      below = upTo;
    }
    return { value: largest(probabilities), probabilities };
  };
}

/** Of two categories the one with coefficients has the mean as its probability. */
function binomial(context: ModelContext, predictors: readonly LinearPredictor[], link: (x: number) => number): Scorer {
  const categories = categoriesOf(context, predictors);
  const reference = context.element.attributes['targetReferenceCategory'];
  const [only] = predictors;
  if (only === undefined || categories.length !== 2) {
    throw new PmmlError('A generalised linear model tells two categories apart.');
  }
  const certain = only.category ?? categories.find((category) => category !== reference) ?? categories[0];
  return (frame) => {
    const sum = only.sum(frame);
    if (sum === null) return null;
    const mean = link(sum);
    const probabilities = new Map(categories.map((category) => [category, category === certain ? mean : 1 - mean]));
    return { value: largest(probabilities), probabilities };
  };
}
