import type { ReactNode } from 'react';

/** What a cell is sorted, filtered and written to CSV by. */
export type Value = string | number | null | undefined;

export interface Column<T> {
  /** Stands in addresses and in filters: `logLoss>0.4`. */
  readonly id: string;
  readonly label: string;
  readonly cell: (row: T) => ReactNode;
  /** Without it the column is only seen: a button, a drawing. */
  readonly value?: (row: T) => Value;
  /** Has a value and no order: the server knows none by it. */
  readonly unordered?: boolean;
  /** Numbers stand right-aligned. */
  readonly numeric?: boolean;
  /** Holds little: a mark, a state. */
  readonly narrow?: boolean;
  /** `value` is a moment, in ms. */
  readonly time?: boolean;
  /** Left out on narrow screens unless chosen: what the row's own page tells. */
  readonly wide?: boolean;
  /** Left out until chosen. */
  readonly extra?: boolean;
}

/** How long something took, as a value; null until it has ended. */
export function tookMs(fromMs: number | null, toMs: number | null): number | null {
  return fromMs === null || toMs === null ? null : toMs - fromMs;
}
