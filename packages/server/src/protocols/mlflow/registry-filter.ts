/** MLflow's filters and orders of registered models and versions as clauses of the domain. */
import type { RegistryClause, RegistryOrder, RegistrySearch } from '#domains/registry/index.ts';
import { parseComparisons, parseOrder, type FilterComparison } from './filter-comparisons.ts';
import { invalidParameter } from './mlflow-error.ts';

type Kind = 'models' | 'versions';

const attributes = {
  models: { name: 'name' },
  versions: { name: 'name', run_id: 'run', source_path: 'source', version_number: 'version' },
} as const;
const orders = {
  models: { name: 'name', timestamp: 'updated', last_updated_timestamp: 'updated', creation_timestamp: 'created' },
  versions: {
    name: 'name',
    version_number: 'version',
    creation_timestamp: 'created',
    last_updated_timestamp: 'updated',
  },
} as const;
const promptTag = 'mlflow.prompt.is_prompt';

function named<T>(names: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(names, key) ? names[key] : undefined;
}

function toClause(kind: Kind, comparison: FilterComparison): RegistryClause {
  const { entity, key, comparator, value } = comparison;
  if (value === undefined || comparator === 'RLIKE' || comparator === 'IS NULL' || comparator === 'IS NOT NULL') {
    throw invalidParameter(`Invalid comparator for attribute: ${comparator}`);
  }
  if (entity === 'tag' || entity === 'tags') {
    if (!['=', '!=', 'LIKE', 'ILIKE'].includes(comparator)) {
      throw invalidParameter(`Invalid comparator for tag: ${comparator}`);
    }
    if (typeof value !== 'string')
      throw invalidParameter(`Expected a quoted string value for tag. Got value ${String(value)}`);
    return { on: 'tag', key, comparator, value };
  }
  const on =
    entity === undefined || /^attributes?$/.test(entity) ? named<AttributeName>(attributes[kind], key) : undefined;
  if (on === undefined) {
    const valid = Object.keys(attributes[kind]).join(', ');
    throw invalidParameter(
      `Invalid attribute key '${entity === undefined ? key : `${entity}.${key}`}' specified. Valid keys are '${valid}'`,
    );
  }
  const ordered = on === 'version';
  if (!(ordered ? ['=', '!=', '<', '<=', '>', '>='] : comparatorsOf(on)).includes(comparator)) {
    throw invalidParameter(`Invalid comparator for attribute: ${comparator}`);
  }
  if (ordered !== (typeof value === 'number')) {
    throw invalidParameter(
      `Expected a ${ordered ? 'numeric' : 'quoted string'} value for attributes. Got value ${String(value)}`,
    );
  }
  return { on, comparator, value };
}

type AttributeName = 'name' | 'run' | 'source' | 'version';

function comparatorsOf(on: AttributeName): string[] {
  return on === 'run' ? ['=', '!=', 'LIKE', 'ILIKE', 'IN'] : ['=', '!=', 'LIKE', 'ILIKE'];
}

/** Prompts are hidden unless the filter speaks of their tag. */
export function registrySearch(kind: Kind, filter: string, orderBy: readonly string[]): RegistrySearch {
  const clauses = parseComparisons(filter).map((comparison) => toClause(kind, comparison));
  const promptClause = clauses.find((clause) => clause.on === 'tag' && clause.key === promptTag);
  const rest = clauses.filter((clause) => clause !== promptClause);
  const prompts = promptClause !== undefined && wantsPrompts(promptClause);
  return { clauses: rest, order: orderBy.map((clause) => toOrder(kind, clause)), prompts };
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
