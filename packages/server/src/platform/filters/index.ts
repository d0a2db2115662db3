export { comparedTime } from './compared-time.ts';
export { type Comparator, type Comparison, type Scalar } from './comparator.ts';
export { allOf, everyClause, mapFilter, type Filter } from './filter.ts';
export { parseFilter, type FilterComparison } from './parse-filter.ts';
