import { invalidParameter } from './mlflow-error.ts';

export interface OrderClause {
  readonly key: string;
  readonly descending: boolean;
}

/** `key`, `key ASC` or `key DESC`; a key may stand behind `attributes.` and in quotes. */
export function parseOrder(clause: string): OrderClause {
  const match = /^\s*(?:attributes?\.)?[`"]?([^`"]+?)[`"]?(?:\s+(ASC|DESC))?\s*$/i.exec(clause);
  if (!match) throw invalidParameter(`Invalid order_by clause '${clause}'. Could not be parsed.`);
  return { key: match[1] ?? '', descending: match[2]?.toUpperCase() === 'DESC' };
}
