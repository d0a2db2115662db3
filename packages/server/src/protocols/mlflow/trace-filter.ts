/** MLflow's filter and order of trace searches as clauses of the domain. */
import type { TraceClause, TraceOrder } from '#domains/traces/index.ts';
import {
  comparedTime,
  mapFilter,
  parseFilter,
  type Comparator,
  type Filter,
  type FilterComparison,
  type Scalar,
} from '#platform/filters/index.ts';
import { invalidParameter } from './mlflow-error.ts';
import { parseOrder } from './order-clause.ts';

const times = {
  timestamp: 'started_at_ms',
  timestamp_ms: 'started_at_ms',
  end_time: 'ended_at_ms',
  end_time_ms: 'ended_at_ms',
} as const;
const numeric = { ...times, execution_time: 'duration_ms', execution_time_ms: 'duration_ms' } as const;
const textual = {
  request_id: 'id',
  name: 'name',
  status: 'state',
  client_request_id: 'client_request_id',
} as const;
const ordered = { ...numeric, ...textual, experiment_id: 'experiment_id' } as const;

const entities: Readonly<Record<string, string>> = {
  tag: 'tag',
  tags: 'tag',
  metadata: 'metadata',
  request_metadata: 'metadata',
  attribute: 'attribute',
  attributes: 'attribute',
  trace: 'attribute',
  span: 'span',
  feedback: 'feedback',
  expectation: 'expectation',
};

const ofText: readonly Comparator[] = ['=', '!=', 'LIKE', 'ILIKE', 'RLIKE', 'IN', 'NOT IN'];
const ofNumbers: readonly Comparator[] = ['=', '!=', '>', '>=', '<', '<='];
const ofNamed: readonly Comparator[] = ['=', '!=', 'LIKE', 'ILIKE', 'RLIKE', 'IS NULL', 'IS NOT NULL'];

function has<K extends string>(names: Readonly<Record<K, unknown>>, name: string): name is K {
  return Object.hasOwn(names, name);
}

function allowed(comparison: FilterComparison, comparators: readonly Comparator[]): void {
  if (comparators.includes(comparison.comparator)) return;
  throw invalidParameter(`Invalid comparator '${comparison.comparator}' not one of '${comparators.join(', ')}'`);
}

function compared({ comparator, value }: FilterComparison) {
  return value === undefined ? { comparator } : { comparator, value };
}

/** A value that must be text: numbers are written in quotes. */
function comparedText(comparison: FilterComparison) {
  const { comparator, value } = comparison;
  if (typeof value !== 'number') return compared(comparison);
  throw invalidParameter(
    `Expected a quoted string value for attributes. Got value ${value} with comparator '${comparator}'`,
  );
}

export function parseTraceFilter(filter: string): Filter<TraceClause> {
  return mapFilter(parseFilter(filter), (comparison): Filter<TraceClause> => {
    const time = timeColumn(comparison);
    if (time === undefined || comparison.value === undefined) return { clause: toClause(comparison) };
    return mapFilter(comparedTime(comparison.comparator, comparison.value), (compared) => ({
      clause: { on: 'trace', column: time, ...compared },
    }));
  });
}

function timeColumn({ entity, key }: FilterComparison): 'started_at_ms' | 'ended_at_ms' | undefined {
  const kind = entity === undefined ? 'attribute' : entities[entity.toLowerCase()];
  const name = key.toLowerCase();
  return kind === 'attribute' && has(times, name) ? times[name] : undefined;
}

function toClause(comparison: FilterComparison): TraceClause {
  const { entity, key } = comparison;
  const kind = entity === undefined ? 'attribute' : entities[entity.toLowerCase()];
  switch (kind) {
    case 'tag':
    case 'metadata':
      allowed(comparison, ofNamed);
      return { on: kind, key, ...comparedText(comparison) };
    case 'feedback':
    case 'expectation':
      allowed(comparison, [...ofNamed, '>', '>=', '<', '<=']);
      return { on: kind, key, ...compared(comparison) };
    case 'span':
      return spanClause(comparison);
    case 'attribute':
      return traceClause(comparison);
    default:
      throw invalidParameter(
        `Invalid entity type '${entity}'. Valid entity types are ${Object.keys(entities).join(', ')}`,
      );
  }
}

function spanClause(comparison: FilterComparison): TraceClause {
  const { key } = comparison;
  if (key.startsWith('attributes.') && key.length > 'attributes.'.length) {
    allowed(comparison, ofText);
    return { on: 'attribute', key: key.slice('attributes.'.length), ...compared(comparison) };
  }
  if (key === 'content') {
    allowed(comparison, ['LIKE', 'ILIKE']);
    return { on: 'span', column: key, ...comparedText(comparison) };
  }
  if (key !== 'name' && key !== 'type' && key !== 'status') {
    throw invalidParameter(
      `Invalid span attribute '${key}'. Supported attributes: name, status, type, attributes.<attribute_name>.`,
    );
  }
  allowed(comparison, ofText);
  return { on: 'span', column: key, ...comparedText(comparison) };
}

function traceClause(comparison: FilterComparison): TraceClause {
  const key = comparison.key.toLowerCase();
  if (key === 'run_id') {
    allowed(comparison, ['=']);
    return { on: 'run', ...comparedText(comparison) };
  }
  if (key === 'text') {
    allowed(comparison, ['LIKE', 'ILIKE']);
    return { on: 'span', column: 'content', ...comparedText(comparison) };
  }
  if (key === 'prompt') {
    allowed(comparison, ['=']);
    return promptClause(String(comparison.value));
  }
  if (has(numeric, key)) {
    allowed(comparison, ofNumbers);
    const value = Number(comparison.value);
    if (!Number.isFinite(value)) throw invalidParameter(`Expected numeric value type for numeric attribute: ${key}.`);
    return { on: 'trace', column: numeric[key], comparator: comparison.comparator, value };
  }
  if (has(textual, key)) {
    allowed(comparison, ofText);
    const clause = { on: 'trace', column: textual[key], ...comparedText(comparison) } as const;
    return key === 'status' ? { ...clause, ...stateValue(clause.value) } : clause;
  }
  throw invalidParameter(
    `Invalid attribute key '${comparison.key}' specified. Valid keys are '${[...Object.keys(numeric), ...Object.keys(textual), 'run_id', 'prompt', 'text'].join(', ')}'`,
  );
}

/** States are kept in lower case. */
function stateValue(value: FilterComparison['value']): { value?: Scalar | Scalar[] } {
  if (value === undefined) return {};
  const lower = (text: Scalar): string =>
    String(text)
      .toLowerCase()
      .replace(/^state_/, '');
  return { value: Array.isArray(value) ? value.map(lower) : lower(String(value)) };
}

/** `name/version` among the prompts that a trace is linked to. */
function promptClause(prompt: string): TraceClause {
  const [name = '', version = ''] = prompt.split('/');
  const linked = JSON.stringify({ name, version }).slice(1, -1);
  const pattern = `%${linked.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
  return { on: 'tag', key: 'mlflow.linkedPrompts', comparator: 'LIKE', value: pattern };
}

export function parseTraceOrder(clauses: readonly string[]): TraceOrder[] {
  return clauses.map((clause) => {
    const { key, descending } = parseOrder(clause);
    if (has(ordered, key)) return { column: ordered[key], descending };
    throw invalidParameter(
      `Invalid order by key '${key}' specified. Valid keys are '${Object.keys(ordered).join(', ')}'`,
    );
  });
}
