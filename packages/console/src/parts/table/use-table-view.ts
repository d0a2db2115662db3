import { useLocation, useNavigate } from '@tanstack/react-router';
import { parseColumns, parseSort, printColumns, type ColumnChoice, type Sort } from './view.ts';

/** What of a table's look stands in the address: filter, order, columns. */
export interface TableView {
  readonly q: string;
  readonly sort: Sort | undefined;
  readonly columns: readonly ColumnChoice[] | undefined;
  /** The three as the address has them, to be saved and brought back. */
  readonly texts: ViewTexts;
  readonly change: (change: Partial<ViewTexts>) => void;
  readonly choose: (columns: readonly ColumnChoice[] | undefined) => void;
}

export interface ViewTexts {
  readonly q: string;
  readonly sort: string;
  readonly columns: string;
}

const text = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';

/** `name` tells the tables of one page apart; the page's own has none. The columns chosen last stay for the next visit. */
export function useTableView(name: string | undefined): TableView {
  const { pathname, search } = useLocation();
  const navigate = useNavigate();
  const key = (part: string): string => (name === undefined ? part : `${name}.${part}`);
  const found: Partial<Record<string, unknown>> = search;
  const place = `mulle.columns:${pathname.split('/')[1] ?? ''}:${name ?? ''}`;
  const texts: ViewTexts = {
    q: text(found[key('q')]),
    sort: text(found[key('sort')]),
    columns: text(found[key('columns')]) || (localStorage.getItem(place) ?? ''),
  };
  function change(changed: Partial<ViewTexts>): void {
    if (changed.columns !== undefined) localStorage.setItem(place, changed.columns);
    const entries = Object.entries(changed).map(([part, value]) => [key(part), value === '' ? undefined : value]);
    void navigate({
      to: '.',
      search: (before: object) => ({ ...before, ...Object.fromEntries(entries) }),
      replace: true,
      resetScroll: false,
    });
  }
  return {
    q: texts.q,
    sort: parseSort(texts.sort),
    columns: parseColumns(texts.columns),
    texts,
    change,
    choose: (columns) => change({ columns: columns === undefined ? '' : printColumns(columns) }),
  };
}
