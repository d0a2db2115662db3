import type { AwaitedDecision } from '../decision-join.ts';
import type { Decision, EndpointDefinition, MonitorDefinition } from '@mulle/contract';
import { categoryCharacters, missingCategory } from '../../training-profile.ts';

/** A column that a drift monitor watches, and where a decision holds it. */
export interface WatchedColumn {
  readonly name: string;
  readonly kind: 'number' | 'category';
  readonly from: 'inputs' | 'features' | 'score' | 'outcome';
}

/** What drift is read from: a decision, or what became of one. */
export type WatchedRow = Pick<Decision, 'eventTimeMs' | 'inputs' | 'features' | 'score'> & { readonly outcome?: 0 | 1 };

export const labelledRow = ({ eventTimeMs, score }: AwaitedDecision, outcome: 0 | 1): WatchedRow => ({
  eventTimeMs,
  inputs: {},
  features: {},
  score,
  outcome,
});

export type DriftMonitor = Extract<MonitorDefinition, { kind: 'drift' | 'prediction-drift' | 'label-drift' }>;

/**
 * The columns of a drift monitor; for `drift` those it names, else all numeric inputs. A name that is no input is a feature, and
 * those are numbers. Times of inputs are not watched, they always move on.
 */
export function watchedColumns(monitor: DriftMonitor, endpoint: EndpointDefinition | undefined): WatchedColumn[] {
  if (monitor.kind === 'prediction-drift') return [{ name: 'score', kind: 'number', from: 'score' }];
  if (monitor.kind === 'label-drift') return [{ name: monitor.label, kind: 'number', from: 'outcome' }];
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
export function numberIn(row: WatchedRow, { name, from }: WatchedColumn): number | null {
  const value = from === 'score' || from === 'outcome' ? row[from] : row[from][name];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** A category column's value. */
export function categoryIn(row: WatchedRow, { name }: WatchedColumn): string {
  const value = row.inputs[name];
  if (typeof value === 'string') return value.slice(0, categoryCharacters);
  return typeof value === 'boolean' || typeof value === 'number' ? String(value) : missingCategory;
}
