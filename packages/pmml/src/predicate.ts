import type { Frame } from './frame.ts';
import { PmmlError } from './pmml-error.ts';
import type { Scope } from './scope.ts';
import { arrayWords, compareValues, equalValues, literal, type Value } from './value.ts';
import { attributeOf, requiredChild, wordAttribute, type XmlElement } from './xml.ts';

/** Three-valued: null is unknown, since a value is missing. */
export type Predicate = (frame: Frame) => boolean | null;

const names = new Set(['True', 'False', 'SimplePredicate', 'SimpleSetPredicate', 'CompoundPredicate']);

/** The predicate among the children of an element. */
export function compilePredicateOf(element: XmlElement, scope: Scope): Predicate {
  const predicate = element.children.find(({ name }) => names.has(name));
  if (predicate === undefined) throw new PmmlError(`${element.name} has no predicate.`);
  return compilePredicate(predicate, scope);
}

function compilePredicate(element: XmlElement, scope: Scope): Predicate {
  switch (element.name) {
    case 'True':
      return () => true;
    case 'False':
      return () => false;
    case 'SimplePredicate':
      return simple(element, scope);
    case 'SimpleSetPredicate':
      return inSet(element, scope);
    default:
      return compound(element, scope);
  }
}

const holds: Readonly<Record<string, (order: number) => boolean>> = {
  lessThan: (order) => order < 0,
  lessOrEqual: (order) => order <= 0,
  greaterThan: (order) => order > 0,
  greaterOrEqual: (order) => order >= 0,
};

function simple(element: XmlElement, scope: Scope): Predicate {
  const { place, dataType, optype, categories } = scope.resolve(attributeOf(element, 'field'));
  const operator = attributeOf(element, 'operator');
  if (operator === 'isMissing') return (frame) => frame.get(place) === null;
  if (operator === 'isNotMissing') return (frame) => frame.get(place) !== null;
  const constant = literal(attributeOf(element, 'value'), dataType);
  const test = (decide: (value: Value) => boolean): Predicate => {
    return (frame) => {
      const value = frame.get(place);
      return value === null ? null : decide(value);
    };
  };
  if (operator === 'equal') return test((value) => equalValues(value, constant));
  if (operator === 'notEqual') return test((value) => !equalValues(value, constant));
  const decide = holds[operator];
  if (decide === undefined) throw new PmmlError(`The operator "${operator}" is unknown.`);
  if (optype === 'ordinal' && categories.length > 0) {
    const rank = (value: Value): number => categories.findIndex((category) => equalValues(category, value));
    return test((value) => decide(rank(value) - rank(constant)));
  }
  if (typeof constant === 'number') return test((value) => decide(Number(value) - constant));
  return test((value) => decide(compareValues(value, constant)));
}

function inSet(element: XmlElement, scope: Scope): Predicate {
  const { place, dataType } = scope.resolve(attributeOf(element, 'field'));
  const wanted = wordAttribute(element, 'booleanOperator', ['isIn', 'isNotIn']) === 'isIn';
  const members = new Set(arrayWords(requiredChild(element, 'Array').text).map((word) => literal(word, dataType)));
  return (frame) => {
    const value = frame.get(place);
    return value === null ? null : members.has(value) === wanted;
  };
}

function compound(element: XmlElement, scope: Scope): Predicate {
  const parts = element.children.filter(({ name }) => names.has(name)).map((child) => compilePredicate(child, scope));
  switch (wordAttribute(element, 'booleanOperator', ['and', 'or', 'xor', 'surrogate'])) {
    case 'and':
      return (frame) => settledBy(parts, frame, false);
    case 'or':
      return (frame) => settledBy(parts, frame, true);
    case 'xor':
      return (frame) => {
        let result = false;
        for (const part of parts) {
          const truth = part(frame);
          if (truth === null) return null;
          result = result !== truth;
        }
        return result;
      };
    case 'surrogate':
      return (frame) => {
        for (const part of parts) {
          const truth = part(frame);
          if (truth !== null) return truth;
        }
        return null;
      };
  }
}

/** `and` is settled by what is false, `or` by what is true; else what is unknown makes it unknown. */
function settledBy(parts: readonly Predicate[], frame: Frame, settling: boolean): boolean | null {
  let isUnknown = false;
  for (const part of parts) {
    const truth = part(frame);
    if (truth === settling) return settling;
    if (truth === null) isUnknown = true;
  }
  return isUnknown ? null : !settling;
}
