import type { Decision, EndpointDefinition, MonitorDefinition } from '@mulle/contract';

/** A column that a drift monitor watches, and where a decision holds it. */
export interface WatchedColumn {
  readonly name: string;
  readonly kind: 'number' | 'category';
  readonly from: 'inputs' | 'features';
}

/** Longer texts are cut: a category is a name, no document. */
const categoryCharacters = 128;

/**
 * The columns of a drift monitor: those it names, else all numeric inputs. A name that is no input is a feature, and
 * those are numbers. Times of inputs are not watched, they always move on.
 */
export function watchedColumns(
  monitor: Extract<MonitorDefinition, { kind: 'drift' }>,
  endpoint: EndpointDefinition | undefined,
): WatchedColumn[] {
  const fields = endpoint?.inputs ?? [];
  const isNumber = (type: string): boolean => type === 'number' || type === 'integer';
  const names = monitor.columns ?? fields.filter(({ type }) => isNumber(type)).map(({ name }) => name);
  return names.flatMap((name): WatchedColumn[] => {
    const field = fields.find((candidate) => candidate.name === name);
    if (field === undefined) return [{ name, kind: 'number', from: 'features' }];
    if (field.type === 'timestamp') return [];
    return [{ name, kind: isNumber(field.type) ? 'number' : 'category', from: 'inputs' }];
  });
}

/** A number column's value; null when it is missing or no finite number. */
export function numberIn(decision: Decision, { name, from }: WatchedColumn): number | null {
  const value = from === 'inputs' ? decision.inputs[name] : decision.features[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** A category column's value. */
export function categoryIn(decision: Decision, { name }: WatchedColumn): string {
  const value = decision.inputs[name];
  if (typeof value === 'string') return value.slice(0, categoryCharacters);
  return typeof value === 'boolean' || typeof value === 'number' ? String(value) : '(missing)';
}
