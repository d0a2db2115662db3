import { invalidParameter } from './mlflow-error.ts';

export interface OrderClause {
  readonly key: string;
  readonly descending: boolean;
}

/** `key`, `key ASC` or `key DESC`; a key may stand behind `attributes.` and in quotes. */
export function parseOrder(clause: string): OrderClause {
  const match = /^\s*(?:attributes?\.)?(?:([^`"\s]+)|[`"]([^`"]+)[`"])(?:\s+(ASC|DESC))?\s*$/i.exec(clause);
  if (!match) throw invalidParameter(`Invalid order_by clause '${clause}'. Could not be parsed.`);
  const [, plain, quoted, direction] = match;
  return { key: plain ?? quoted ?? '', descending: direction?.toUpperCase() === 'DESC' };
}
