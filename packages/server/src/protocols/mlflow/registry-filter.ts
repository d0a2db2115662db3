/** MLflow's filters and orders of registered models and versions as clauses of the domain. */
import type { RegistryClause, RegistryOrder, RegistrySearch } from '#domains/registry/index.ts';
import {
  comparedTime,
  everyClause,
  mapFilter,
  parseFilter,
  type Filter,
  type FilterComparison,
} from '#platform/filters/index.ts';
import { invalidParameter } from './mlflow-error.ts';
import { parseOrder } from './order-clause.ts';

type Kind = 'models' | 'versions';

const times = { creation_timestamp: 'created', last_updated_timestamp: 'updated' } as const;
const attributes = {
  models: { name: 'name', ...times },
  versions: { name: 'name', run_id: 'run', source_path: 'source', version_number: 'version', ...times },
} as const;
type AttributeName = 'name' | 'run' | 'source' | 'version' | 'created' | 'updated';
const orders = {
  models: { name: 'name', timestamp: 'updated', ...times },
  versions: {
    name: 'name',
    version_number: 'version',
    ...times,
  },
} as const;
export const promptTag = 'mlflow.prompt.is_prompt';

function named<T>(names: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(names, key) ? names[key] : undefined;
}

const ofNumbers: readonly string[] = ['=', '!=', '<', '<=', '>', '>='];
const ofText: readonly string[] = ['=', '!=', 'LIKE', 'ILIKE', 'RLIKE', 'IN', 'NOT IN', 'IS NULL', 'IS NOT NULL'];

function toFilter(kind: Kind, comparison: FilterComparison): Filter<RegistryClause> {
  const { entity, key, ...compared } = comparison;
  const { comparator, value } = compared;
  if (entity === 'tag' || entity === 'tags') {
    if (typeof value === 'number' || !ofText.includes(comparator)) {
      throw invalidParameter(`Expected a quoted string value for tag. Got value ${String(value)}`);
    }
    return { clause: { on: 'tag', key, ...compared } };
  }
  const on = attributeOf(kind, entity, key);
  if (on === 'created' || on === 'updated') {
    return mapFilter(comparedTime(comparator, value), (time) => ({ clause: { on, ...time } }));
  }
  const ordered = on === 'version';
  if (!(ordered ? ofNumbers : ofText).includes(comparator)) throw wrongComparator('attribute', comparator);
  if (value !== undefined && ordered !== (typeof value === 'number')) {
    throw invalidParameter(
      `Expected a ${ordered ? 'numeric' : 'quoted string'} value for attributes. Got value ${String(value)}`,
    );
  }
  return { clause: { on, ...compared } };
}

function attributeOf(kind: Kind, entity: string | undefined, key: string): AttributeName {
  const plain = entity === undefined || /^attributes?$/.test(entity);
  const found = plain ? named<AttributeName>(attributes[kind], key) : undefined;
  if (found !== undefined) return found;
  const valid = Object.keys(attributes[kind]).join(', ');
  throw invalidParameter(
    `Invalid attribute key '${entity === undefined ? key : `${entity}.${key}`}' specified. Valid keys are '${valid}'`,
  );
}

function wrongComparator(what: string, comparator: string) {
  return invalidParameter(`Invalid comparator for ${what}: ${comparator}`);
}

/** Prompts are hidden unless the filter speaks of their tag. */
export function registrySearch(kind: Kind, text: string, orderBy: readonly string[]): RegistrySearch {
  const filter = mapFilter(parseFilter(text), (comparison) => toFilter(kind, comparison));
  const order = orderBy.map((clause) => toOrder(kind, clause));
  const parts = 'and' in filter ? filter.and : [filter];
  const asked = parts.find((part) => 'clause' in part && isOfPrompts(part.clause));
  if (asked && 'clause' in asked) {
    return { filter: { and: parts.filter((part) => part !== asked) }, order, prompts: wantsPrompts(asked.clause) };
  }
  return everyClause(filter, (clause) => !isOfPrompts(clause)) ? { filter, order, prompts: false } : { filter, order };
}

function isOfPrompts(clause: RegistryClause): boolean {
  return clause.on === 'tag' && clause.key === promptTag;
}

function wantsPrompts({ comparator, value }: RegistryClause): boolean {
  return (String(value).toLowerCase() === 'true') === (comparator !== '!=');
}

function toOrder(kind: Kind, clause: string): RegistryOrder {
  const { key, descending } = parseOrder(clause);
  const by = named<RegistryOrder['by']>(orders[kind], key);
  if (by !== undefined) return { by, descending };
  throw invalidParameter(
    `Invalid order by key '${key}' specified. Valid keys are '${Object.keys(orders[kind]).join(', ')}'`,
  );
}
