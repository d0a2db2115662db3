/** MLflow's filter and order of run searches as clauses of the domain. */
import type { RunClause, RunOrder } from '#domains/experiments/index.ts';
import { parseComparisons, type FilterComparison, type FilterComparator } from './filter-comparisons.ts';
import { invalidParameter } from './mlflow-error.ts';

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

const ofNumbers: readonly FilterComparator[] = ['>', '>=', '!=', '=', '<', '<='];
const ofText: readonly FilterComparator[] = ['=', '!=', 'LIKE', 'ILIKE'];

function entityOf(entity: string | undefined) {
  if (entity === undefined) return 'run';
  const found = entities[entity.toLowerCase()];
  if (found) return found;
  throw invalidParameter(
    `Invalid entity type '${entity}'. Valid values are ['attribute', 'metric', 'parameter', 'tag', 'dataset']`,
  );
}

function attributeOf(key: string): keyof typeof attributes {
  if (Object.hasOwn(attributes, key)) return key as keyof typeof attributes;
  const alias = aliases[key];
  if (alias) return alias;
  throw invalidParameter(
    `Invalid attribute key '${key}' specified. Valid keys are '[${Object.keys(attributes)
      .map((name) => `'${name}'`)
      .join(', ')}]'`,
  );
}

function allowed({ comparator }: FilterComparison, comparators: readonly FilterComparator[]): void {
  if (comparators.includes(comparator)) return;
  throw invalidParameter(`Invalid comparator '${comparator}' not one of '${comparators.join(', ')}'`);
}

function number({ key, value }: FilterComparison, what: string): number {
  if (typeof value === 'number') return value;
  throw invalidParameter(`Expected numeric value type for ${what}. Found ${String(value)} (${key})`);
}

function textual(comparison: FilterComparison, what: string): string {
  if (typeof comparison.value === 'string') return comparison.value;
  throw invalidParameter(
    `Expected a quoted string value for ${what} (e.g. 'my-value'). Got value ${String(comparison.value)}`,
  );
}

export function parseRunFilter(filter: string): RunClause[] {
  return parseComparisons(filter).map(toClause);
}

function toClause(comparison: FilterComparison): RunClause {
  const { entity, key, comparator, value } = comparison;
  const on = entityOf(entity);
  switch (on) {
    case 'metric':
      allowed(comparison, ofNumbers);
      return { on, key, comparator, value: number(comparison, 'metric') };
    case 'parameter':
    case 'tag':
      allowed(comparison, [...ofText, 'IS NULL', 'IS NOT NULL']);
      if (value === undefined) return { on, key, comparator };
      return { on, key, comparator, value: textual(comparison, on) };
    case 'dataset': {
      allowed(comparison, [...ofText, 'IN', 'NOT IN']);
      if (key !== 'name' && key !== 'digest' && key !== 'context') {
        throw invalidParameter(`Invalid dataset key '${key}' specified. Valid keys are ['name', 'digest', 'context']`);
      }
      return { on, column: key, comparator, value: Array.isArray(value) ? value : textual(comparison, on) };
    }
    case 'run':
      return attributeClause(comparison);
  }
}

function attributeClause(comparison: FilterComparison): RunClause {
  const { comparator, value } = comparison;
  const key = attributeOf(comparison.key);
  const column = attributes[key];
  if (times.includes(key)) {
    allowed(comparison, ofNumbers);
    return { on: 'run', column, comparator, value: number(comparison, 'numeric attribute') };
  }
  allowed(comparison, key === 'run_id' ? [...ofText, 'IN', 'NOT IN'] : ofText);
  const given = Array.isArray(value) ? value : textual(comparison, 'attributes');
  return { on: 'run', column, comparator, value: key === 'status' ? String(given).toLowerCase() : given };
}

/** `metrics.loss DESC`, `` params.`learning rate` ``, `start_time`. */
export function parseRunOrder(clause: string): RunOrder {
  const match = /^\s*(.+?)(?:\s+(ASC|DESC))?\s*$/i.exec(clause);
  const descending = match?.[2]?.toUpperCase() === 'DESC';
  const path = /^(?:([A-Za-z]+)\.)?(?:`([^`]+)`|"([^"]+)"|([^`"]+))$/.exec(match?.[1] ?? '');
  if (!path) throw invalidParameter(`Invalid order_by clause '${clause}'. Could not be parsed.`);
  const [, entity, backtick, quoted, plain] = path;
  const key = backtick ?? quoted ?? plain ?? '';
  const on = entityOf(entity);
  if (on === 'dataset') throw invalidParameter(`Invalid order_by entity '${entity}'.`);
  return on === 'run' ? { on, column: attributes[attributeOf(key)], descending } : { on, key, descending };
}
