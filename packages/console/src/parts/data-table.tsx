import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { PagedList } from '../api/use-route.ts';
import { Button } from './button.tsx';
import styles from './data-table.module.css';

export interface Column<T> {
  readonly id: string;
  readonly label: string;
  readonly cell: (row: T) => ReactNode;
  /** Numbers stand right-aligned. */
  readonly numeric?: boolean;
  /** Left out on narrow screens: what the row's own page tells. */
  readonly wide?: boolean;
}

interface DataTableProps<T> {
  /** Read out as the table's name. */
  caption: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  rowKey: (row: T) => string;
  /** Marks the row whose panel is open. */
  isCurrent?: (row: T) => boolean;
}

/** A table: the first column is the row's header. */
export function DataTable<T>({ caption, columns, rows, rowKey, isCurrent }: DataTableProps<T>): ReactNode {
  return (
    <table className={styles['table']}>
      <caption className="visually-hidden">{caption}</caption>
      <thead>
        <tr>
          {columns.map(({ id, label, numeric, wide }) => (
            <th key={id} scope="col" data-numeric={numeric} data-wide={wide}>
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={rowKey(row)} aria-current={isCurrent?.(row) === true ? true : undefined}>
            {columns.map(({ id, cell, numeric, wide }, index) =>
              index === 0 ? (
                <th key={id} scope="row">
                  {cell(row)}
                </th>
              ) : (
                <td key={id} data-numeric={numeric} data-wide={wide}>
                  {cell(row)}
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The button under a paged list that asks for the next page. */
export function MoreRows<T>({ list }: { list: PagedList<T> }): ReactNode {
  const { t } = useTranslation();
  if (!list.hasMore) return null;
  return (
    <div className={styles['more']}>
      <Button disabled={list.loadingMore} onClick={list.loadMore}>
        {t('action.more')}
      </Button>
    </div>
  );
}
