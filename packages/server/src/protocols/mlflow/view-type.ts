import type { LifecycleStage } from '#domains/experiments/index.ts';
import { invalidParameter } from './mlflow-error.ts';
import type { Fields } from './request-fields.ts';

const stages: Readonly<Record<string, LifecycleStage | undefined>> = {
  ACTIVE_ONLY: 'active',
  DELETED_ONLY: 'deleted',
  ALL: undefined,
  // Enums may come by their numbers.
  '1': 'active',
  '2': 'deleted',
  '3': undefined,
};

/** The stage that a view shows; undefined: both. Active ones where nothing is said. */
export function stageOf(fields: Fields, field: string): LifecycleStage | undefined {
  const given = fields[field] ?? 'ACTIVE_ONLY';
  const name = typeof given === 'string' || typeof given === 'number' ? String(given).toUpperCase() : '';
  if (Object.hasOwn(stages, name)) return stages[name];
  throw invalidParameter(`Invalid value ${JSON.stringify(given)} for parameter '${field}' supplied.`);
}
