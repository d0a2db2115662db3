import { expect, test } from 'vitest';
import type { Filter } from './filter.ts';
import { parseFilter, type FilterComparison } from './parse-filter.ts';

/** The filter written out again, every group in parentheses. */
function written(filter: Filter<FilterComparison>): string {
  if ('clause' in filter) {
    const { entity, key, comparator, value } = filter.clause;
    const shown = value === undefined ? '' : ` ${JSON.stringify(value)}`;
    return `${entity === undefined ? '' : `${entity}|`}${key} ${comparator}${shown}`;
  }
  const [parts, joint] = 'and' in filter ? [filter.and, ' & '] : [filter.or, ' / '];
  return parts.length === 1 ? parts.map(written).join('') : `(${parts.map(written).join(joint)})`;
}

test.each([
  ['', '()'],
  ['  \n ', '()'],
  ["a = 'x'", 'a = "x"'],
  ['params.a.b = \'x\' and tags.`mlflow.source` != "y"', '(params|a.b = "x" & tags|mlflow.source != "y")'],
  ["a = 'x' OR b = 'y' AND c = 'z'", '(a = "x" / (b = "y" & c = "z"))'],
  ["(a = 'x' OR b = 'y') AND c = 'z'", '((a = "x" / b = "y") & c = "z")'],
  ["((a = 'x'))", 'a = "x"'],
  ['m BETWEEN 1 AND -2.5e3 AND n > 1', '((m >= 1 & m <= -2500) & n > 1)'],
  ['m not between 1 and 2', '(m < 1 / m > 2)'],
  ['run_id NOT IN (\'a\', "b") OR x in (1, 2)', '(run_id NOT IN ["a","b"] / x IN [1,2])'],
  ['a IS NULL AND b IS NOT NULL', '(a IS NULL & b IS NOT NULL)'],
  ["a ilike '%it\\'s (OR) AND%'", 'a ILIKE "%it\'s (OR) AND%"'],
  ['feedback.ok = True', 'feedback|ok = "true"'],
])('%j', (text, expected) => {
  expect(written(parseFilter(text))).toBe(expected);
});

test.each([
  ["a = 'x", 'Could not be parsed'],
  ["a = 'x' OR", 'Invalid clause(s)'],
  ["(a = 'x'", 'Invalid clause(s)'],
  ["a = 'x')", 'Invalid clause(s)'],
  ["a = 'x' b = 'y'", 'Invalid clause(s)'],
  ["a NOT = 'x'", 'Invalid clause(s)'],
  ['a BETWEEN 1', 'Invalid clause(s)'],
  ['a ~ 1', 'Invalid clause(s)'],
  ['params.a = abc', 'not quoted'],
  ["a = 'x'; drop table runs", 'Invalid clause(s)'],
  ['('.repeat(40) + 'a = 1' + ')'.repeat(40), 'at most'],
  [Array(201).fill('a = 1').join(' OR '), 'at most'],
])('%j is refused', (text, message) => {
  expect(() => parseFilter(text)).toThrow(message);
});
