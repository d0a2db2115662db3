/** Filters and orders of runs as their users write them, in MLflow's words and beyond (platform/filters). */
import { MulleError } from '#kernel/errors.ts';
import {
  comparedTime,
  mapFilter,
  parseFilter,
  type Comparator,
  type Comparison,
  type Filter,
  type FilterComparison,
} from '#platform/filters/index.ts';
import type { RunClause, RunOrder } from './run-search.ts';

const attributes = {
  run_id: 'id',
  run_name: 'name',
  user_id: 'user_id',
  status: 'status',
  start_time: 'started_at_ms',
  end_time: 'ended_at_ms',
  artifact_uri: 'artifact_uri',
} as const;
/** Other words for the same, as MLflow takes them. */
const aliases: Readonly<Record<string, keyof typeof attributes>> = {
  created: 'start_time',
  Created: 'start_time',
  'run name': 'run_name',
  'Run name': 'run_name',
  'Run Name': 'run_name',
  run: 'run_id',
};
const times: readonly string[] = ['start_time', 'end_time'];
const entities: Readonly<Record<string, 'metric' | 'parameter' | 'tag' | 'run' | 'dataset'>> = {
  metric: 'metric',
  metrics: 'metric',
  param: 'parameter',
  params: 'parameter',
  parameter: 'parameter',
  parameters: 'parameter',
  tag: 'tag',
  tags: 'tag',
  attribute: 'run',
  attributes: 'run',
  attr: 'run',
  run: 'run',
  dataset: 'dataset',
  datasets: 'dataset',
};

const ofNumbers: readonly Comparator[] = ['>', '>=', '!=', '=', '<', '<='];
const ofText: readonly Comparator[] = ['=', '!=', 'LIKE', 'ILIKE', 'RLIKE', 'IN', 'NOT IN', 'IS NULL', 'IS NOT NULL'];

function invalid(message: string): MulleError {
  return new MulleError('invalid_argument', message);
}

function entityOf(entity: string | undefined) {
  if (entity === undefined) return 'run';
  const found = entities[entity.toLowerCase()];
  if (found) return found;
  throw invalid(
    `Invalid entity type '${entity}'. Valid values are ['attribute', 'metric', 'parameter', 'tag', 'dataset']`,
  );
}

function attributeOf(key: string): keyof typeof attributes {
  if (Object.hasOwn(attributes, key)) return key as keyof typeof attributes;
  const alias = aliases[key];
  if (alias) return alias;
  throw invalid(
    `Invalid attribute key '${key}' specified. Valid keys are '[${Object.keys(attributes)
      .map((name) => `'${name}'`)
      .join(', ')}]'`,
  );
}

function allowed({ comparator }: FilterComparison, comparators: readonly Comparator[]): void {
  if (comparators.includes(comparator)) return;
  throw invalid(`Invalid comparator '${comparator}' not one of '${comparators.join(', ')}'`);
}

/** Throws `invalid_argument`, in MLflow's words. */
export function parseRunFilter(filter: string): Filter<RunClause> {
  return mapFilter(parseFilter(filter), toFilter);
}

function toFilter(comparison: FilterComparison): Filter<RunClause> {
  const { entity, key, ...compared } = comparison;
  const on = entityOf(entity);
  switch (on) {
    case 'metric':
      allowed(comparison, [...ofNumbers, 'IS NULL', 'IS NOT NULL']);
      if (typeof compared.value === 'string') {
        throw invalid(`Expected numeric value type for metric. Found '${compared.value}'`);
      }
      return { clause: { on, key, ...compared } };
    case 'parameter':
    case 'tag':
      if (typeof compared.value === 'number') allowed(comparison, ofNumbers);
      else allowed(comparison, ofText);
      return { clause: { on, key, ...compared } };
    case 'dataset':
      if (key !== 'name' && key !== 'digest' && key !== 'context') {
        throw invalid(`Invalid dataset key '${key}' specified. Valid keys are ['name', 'digest', 'context']`);
      }
      return { clause: { on, column: key, ...comparedText(comparison, 'dataset attributes') } };
    case 'run':
      return attributeFilter(comparison);
  }
}

function comparedText(comparison: FilterComparison, what: string): Comparison {
  const { comparator, value } = comparison;
  if (typeof value === 'number') throw invalid(`Expected a quoted string value for ${what}. Got value ${value}`);
  allowed(comparison, ofText);
  return value === undefined ? { comparator } : { comparator, value };
}

function attributeFilter(comparison: FilterComparison): Filter<RunClause> {
  const { comparator, value } = comparison;
  const key = attributeOf(comparison.key);
  const column = attributes[key];
  const clause = (compared: Comparison): Filter<RunClause> => ({ clause: { on: 'run', column, ...compared } });
  if (times.includes(key)) {
    if (value === undefined) return clause({ comparator });
    allowed(comparison, ofNumbers);
    return mapFilter(comparedTime(comparator, value), clause);
  }
  const compared = comparedText(comparison, 'attributes');
  const lower = (text: unknown): string => String(text).toLowerCase();
  if (key !== 'status' || value === undefined) return clause(compared);
  return clause({ comparator, value: Array.isArray(value) ? value.map(lower) : lower(value) });
}

/** `metrics.loss DESC`, `` params.`learning rate` ``, `start_time`. */
export function parseRunOrder(clause: string): RunOrder {
  const match = /^\s*(.+?)(?:\s+(ASC|DESC))?\s*$/i.exec(clause);
  const descending = match?.[2]?.toUpperCase() === 'DESC';
  const path = /^(?:([A-Za-z]+)\.)?(?:`([^`]+)`|"([^"]+)"|([^`"\s]+))$/.exec(match?.[1] ?? '');
  if (!path) throw invalid(`Invalid order_by clause '${clause}'. Could not be parsed.`);
  const [, entity, backtick, quoted, plain] = path;
  const key = backtick ?? quoted ?? plain ?? '';
  const on = entityOf(entity);
  if (on === 'dataset') throw invalid(`Invalid order_by entity '${entity}'.`);
  return on === 'run' ? { on, column: attributes[attributeOf(key)], descending } : { on, key, descending };
}
