import type { Column } from './column.ts';

/** A column as somebody chose to see it. */
export interface ColumnChoice {
  readonly id: string;
  readonly pinned: boolean;
  /** Undefined: as the table thinks fit. */
  readonly widthPx: number | undefined;
}

export interface Sort {
  readonly column: string;
  readonly descending: boolean;
}

/** `-logLoss` is descending by logLoss. */
export function parseSort(text: string): Sort | undefined {
  const descending = text.startsWith('-');
  const column = descending ? text.slice(1) : text;
  return column === '' ? undefined : { column, descending };
}

/** Ascending, descending, as it came: what the next press on a column's head asks for. */
export function nextSort(sort: Sort | undefined, column: string): string | undefined {
  if (sort?.column !== column) return column;
  return sort.descending ? undefined : `-${column}`;
}

const leastWidthPx = 48;
const greatestWidthPx = 1_200;

/** Columns in order, `id[:width][:pin]` with commas between; null where it says nothing. */
export function parseColumns(text: string): ColumnChoice[] | undefined {
  const choices = text.split(',').flatMap((part): ColumnChoice[] => {
    const [name = '', ...how] = part.split(':');
    const width = how.map(Number).find((each) => each > 0);
    try {
      const id = decodeURIComponent(name);
      if (id === '') return [];
      return [
        {
          id,
          pinned: how.includes('pin'),
          widthPx: width === undefined ? undefined : Math.min(greatestWidthPx, Math.max(leastWidthPx, width)),
        },
      ];
    } catch {
      return [];
    }
  });
  return choices.length === 0 ? undefined : choices;
}

export function printColumns(choices: readonly ColumnChoice[]): string {
  return choices
    .map(({ id, pinned, widthPx }) =>
      [
        encodeURIComponent(id),
        ...(widthPx === undefined ? [] : [Math.round(widthPx)]),
        ...(pinned ? ['pin'] : []),
      ].join(':'),
    )
    .join(',');
}

/** Rows in the order of `sort`, equal ones as they came; what has no value comes last either way. */
export function sorted<T>(rows: readonly T[], sort: Sort | undefined, columns: readonly Column<T>[]): readonly T[] {
  const value = columns.find(({ id }) => id === sort?.column)?.value;
  if (sort === undefined || value === undefined) return rows;
  const collator = new Intl.Collator(undefined, { numeric: true });
  const sign = sort.descending ? -1 : 1;
  return rows
    .map((row) => ({ row, key: value(row) ?? null }))
    .sort((a, b) => {
      if (a.key === null || b.key === null) return Number(a.key === null) - Number(b.key === null);
      if (typeof a.key === 'number' && typeof b.key === 'number') return sign * (a.key - b.key);
      return sign * collator.compare(String(a.key), String(b.key));
    })
    .map(({ row }) => row);
}
