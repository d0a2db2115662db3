/** MLflow's filters and orders of logged models as clauses of the domain. */
import type {
  DatasetChoice,
  LoggedModelClause,
  LoggedModelOrder,
  LoggedModelStatus,
} from '#domains/experiments/index.ts';
import {
  comparedTime,
  mapFilter,
  parseFilter,
  type Comparison,
  type Filter,
  type FilterComparison,
} from '#platform/filters/index.ts';
import { invalidParameter } from './mlflow-error.ts';
import { optionalBoolean, optionalText, text, type Fields } from './request-fields.ts';

export const loggedModelStatusNames: Readonly<Record<LoggedModelStatus, string>> = {
  pending: 'LOGGED_MODEL_PENDING',
  ready: 'LOGGED_MODEL_READY',
  failed: 'LOGGED_MODEL_UPLOAD_FAILED',
};
export const loggedModelStatuses: readonly LoggedModelStatus[] = ['pending', 'ready', 'failed'];

const columns = {
  model_id: 'id',
  name: 'name',
  model_name: 'name',
  model_type: 'model_type',
  status: 'status',
  source_run_id: 'source_run_id',
  creation_timestamp: 'created_at_ms',
  creation_time: 'created_at_ms',
  last_updated_timestamp: 'updated_at_ms',
  last_updated_time: 'updated_at_ms',
} as const;

function columnOf(key: string) {
  if (Object.hasOwn(columns, key)) return columns[key as keyof typeof columns];
  throw invalidParameter(`Invalid attribute key '${key}' specified. Valid keys are ${Object.keys(columns).join(', ')}`);
}

function toFilter({ entity, key, ...compared }: FilterComparison): Filter<LoggedModelClause> {
  switch (entity?.toLowerCase()) {
    case 'metric':
    case 'metrics':
      if (typeof compared.value === 'string') {
        throw invalidParameter(`Expected numeric value type for metric. Found '${compared.value}'`);
      }
      return { clause: { on: 'metric', key, ...compared } };
    case 'param':
    case 'params':
      return { clause: { on: 'parameter', key, ...compared } };
    case 'tag':
    case 'tags':
      return { clause: { on: 'tag', key, ...compared } };
    case undefined:
    case 'attribute':
    case 'attributes':
      return attributeFilter(key, compared);
    default:
      throw invalidParameter(
        `Invalid entity type: '${entity}'. Expected one of ['attributes', 'metrics', 'params', 'tags'].`,
      );
  }
}

function attributeFilter(key: string, { comparator, value }: Comparison): Filter<LoggedModelClause> {
  const column = columnOf(key);
  if (value === undefined) return { clause: { on: 'model', column, comparator } };
  if (column === 'created_at_ms' || column === 'updated_at_ms') {
    return mapFilter(comparedTime(comparator, value), (time) => ({ clause: { on: 'model', column, ...time } }));
  }
  const named =
    key === 'status'
      ? loggedModelStatuses.find(
          (status) => loggedModelStatusNames[status] === value || status === String(value).toLowerCase(),
        )
      : undefined;
  return { clause: { on: 'model', column, comparator, value: named ?? value } };
}

export function parseLoggedModelFilter(filter: string): Filter<LoggedModelClause> {
  return mapFilter(parseFilter(filter), toFilter);
}

export function datasetChoice(fields: Fields): DatasetChoice {
  const name = optionalText(fields, 'dataset_name');
  if (name) return { name, digest: optionalText(fields, 'dataset_digest') || undefined };
  throw invalidParameter('`dataset_name` in the `datasets` clause must be specified.');
}

export function loggedModelOrder(order: Fields): LoggedModelOrder {
  const field = text(order, 'field_name').trim();
  const descending = optionalBoolean(order, 'ascending') === false;
  const [, entity, key = field] = /^([a-z]+)\.(.+)$/.exec(field) ?? [];
  if (entity === undefined || /^attributes?$/.test(entity)) return { on: 'model', column: columnOf(key), descending };
  if (entity !== 'metrics') {
    throw invalidParameter(`Invalid order by field name: ${field}. Only metrics are supported.`);
  }
  const dataset = optionalText(order, 'dataset_name');
  return { on: 'metric', key, descending, datasets: dataset ? [datasetChoice(order)] : [] };
}
