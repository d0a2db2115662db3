import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, ArrowUp } from 'lucide-react';
import { useDeferredValue, useEffect, useMemo, useRef, type CSSProperties, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { PagedList } from '../../api/use-route.ts';
import { within } from '../../format/time-range.ts';
import { useTimeRange } from '../../format/use-time-range.ts';
import { Button } from '../button.tsx';
import { Problem } from '../problem.tsx';
import type { Column } from './column.ts';
import styles from './data-table.module.css';
import { parseFilter, rowTest } from './filter.ts';
import { placeColumns, type PlacedColumn } from './place-columns.ts';
import { ResizeHandle } from './resize-handle.tsx';
import { TableBar } from './table-bar.tsx';
import { useNarrow } from './use-narrow.ts';
import { useTableView, type TableView } from './use-table-view.ts';
import { nextSort, parseSort, sorted, type Sort } from './view.ts';

interface DataTableProps<T> {
  /** Read out as the table's name. */
  caption: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  rowKey: (row: T) => string;
  /** Tells the tables of one page apart in the address; the page's own table has none. */
  name?: string;
  /** Where `rows` come from page by page: more are asked for at the end. */
  list?: PagedList<T>;
  /** Column whose moment must lie in the range of the top bar. */
  timeColumn?: string;
  /** Filter, order and range of time were applied by the server, whose answer may be an error. */
  remote?: { readonly error: Error | null; readonly filterHint: string };
  /** Marks the row whose panel is open. */
  isCurrent?: (row: T) => boolean;
}

/** From this many rows on there is something to look for. */
const rowsWithBar = 8;
/** From this many rows on only those in sight are drawn, in a box of their own, each of one height. */
const rowsBoxed = 200;
const rowHeightPx = 34;
/** Rows before the end at which the next page is asked for. */
const rowsAhead = 60;

/** A table of any length: filter, order and columns stand in the address. The first column is the row's header. */
export function DataTable<T>(props: DataTableProps<T>): ReactNode {
  const { t } = useTranslation();
  const { columns, rows, name, list } = props;
  const view = useTableView(name);
  const narrow = useNarrow();
  const shown = useShownRows(props, view);
  const boxed = shown.length >= rowsBoxed;
  const choices =
    view.columns?.filter(({ id }) => columns.some((each) => each.id === id)) ??
    columns
      .filter(({ wide, extra }) => extra !== true && (!narrow || wide !== true))
      .map(({ id }) => ({ id, pinned: false, widthPx: undefined }));
  const placed = placeColumns(columns, choices, boxed);
  const barred =
    props.remote !== undefined || rows.length >= rowsWithBar || Object.values(view.texts).some((text) => text !== '');
  const partial = list?.hasMore === true;
  return (
    <>
      {barred && (
        <TableBar
          caption={props.caption}
          table={`${location.pathname.split('/')[1] ?? ''}:${name ?? ''}`}
          view={view}
          columns={columns}
          choices={choices}
          shown={shown}
          total={rows.length}
          partial={partial}
          filterHint={props.remote?.filterHint}
        />
      )}
      {props.remote?.error && <Problem error={props.remote.error} />}
      {boxed || placed.some(({ style }) => style !== undefined) ? (
        <Boxed {...props} rows={shown} placed={placed} view={view} windowed={boxed} />
      ) : (
        <table className={styles['table']}>
          <Head caption={props.caption} placed={placed} view={view} />
          <tbody>
            {shown.map((row) => (
              <Row key={props.rowKey(row)} row={row} placed={placed} isCurrent={props.isCurrent} />
            ))}
          </tbody>
        </table>
      )}
      {shown.length === 0 && props.remote?.error == null && (
        <p className={styles['none']}>
          {t('table.none')}{' '}
          {view.q !== '' && <Button onClick={() => view.change({ q: '' })}>{t('table.clear')}</Button>}
        </p>
      )}
      {partial && (
        <div className={styles['more']}>
          <Button disabled={list.loadingMore} onClick={list.loadMore}>
            {t('action.more')}
          </Button>
        </div>
      )}
    </>
  );
}

/** The rows that fit the filter and the range of time, in order. */
function useShownRows<T>({ rows, columns, timeColumn, remote }: DataTableProps<T>, view: TableView): readonly T[] {
  const range = useTimeRange();
  const q = useDeferredValue(view.q);
  const { sort } = view.texts;
  const isRemote = remote !== undefined;
  return useMemo(() => {
    if (isRemote) return rows;
    const valued = columns.filter(({ value }) => value !== undefined);
    const clauses = parseFilter(
      q,
      valued.map(({ id }) => id),
    );
    const test = rowTest(clauses, columns);
    const timed = columns.find(({ id }) => id === timeColumn)?.value;
    const kept = rows.filter((row) => {
      const atMs = range === undefined ? undefined : timed?.(row);
      return (typeof atMs !== 'number' || within(range, atMs)) && test(row);
    });
    return sorted(kept, parseSort(sort), columns);
  }, [isRemote, rows, columns, q, sort, range, timeColumn]);
}

interface BoxedProps<T> extends DataTableProps<T> {
  placed: readonly PlacedColumn<T>[];
  view: TableView;
  windowed: boolean;
}

/** Columns of set widths in a box that scrolls both ways; of many rows only those in sight are in the document. */
function Boxed<T>({ caption, rows, rowKey, list, isCurrent, placed, view, windowed }: BoxedProps<T>): ReactNode {
  const box = useRef<HTMLElement>(null);
  // oxlint-disable-next-line react/incompatible-library -- concerns the React compiler, which is not used.
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeightPx,
    overscan: 12,
    enabled: windowed,
  });
  const items = virtual.getVirtualItems();
  const first = windowed ? (items[0]?.index ?? 0) : 0;
  const until = windowed ? (items.at(-1)?.index ?? -1) + 1 : rows.length;
  const wanting = windowed && list?.hasMore === true && !list.loadingMore && until > rows.length - rowsAhead;
  useEffect(() => {
    if (wanting) list?.loadMore();
  }, [wanting, list]);
  const width = placed.reduce((sum, { widthPx }) => sum + widthPx, 0);
  return (
    <section ref={box} className={styles['box']} aria-label={caption}>
      <table
        className={styles['table']}
        data-fixed
        style={{ minWidth: width }}
        aria-rowcount={list?.hasMore === true ? -1 : rows.length + 1}
      >
        <colgroup>
          {placed.map(({ column, widthPx }) => (
            <col key={column.id} style={{ width: widthPx }} />
          ))}
        </colgroup>
        <Head caption={caption} placed={placed} view={view} />
        <tbody>
          <Spacer rows={first} />
          {rows.slice(first, until).map((row, index) => (
            <Row
              key={rowKey(row)}
              row={row}
              placed={placed}
              isCurrent={isCurrent}
              rowIndex={windowed ? first + index + 2 : undefined}
            />
          ))}
          <Spacer rows={rows.length - until} />
        </tbody>
      </table>
    </section>
  );
}

/** In place of the rows out of sight. */
function Spacer({ rows }: { rows: number }): ReactNode {
  if (rows === 0) return null;
  return <tr aria-hidden style={{ height: rows * rowHeightPx }} />;
}

const ariaSort = (sort: Sort | undefined, column: string): 'ascending' | 'descending' | undefined =>
  sort?.column === column ? (sort.descending ? 'descending' : 'ascending') : undefined;

interface HeadProps<T> {
  caption: string;
  placed: readonly PlacedColumn<T>[];
  view: TableView;
}

function Head<T>({ caption, placed, view }: HeadProps<T>): ReactNode {
  return (
    <>
      <caption className="visually-hidden">{caption}</caption>
      <thead>
        <tr>
          {placed.map(({ column: { id, label, numeric, value, unordered }, style }) => {
            const direction = ariaSort(view.sort, id);
            const Arrow = direction === 'descending' ? ArrowDown : ArrowUp;
            return (
              <th
                key={id}
                scope="col"
                data-column={id}
                data-numeric={numeric}
                data-pinned={style !== undefined || undefined}
                style={style}
                aria-sort={direction}
              >
                {value === undefined || unordered === true ? (
                  label
                ) : (
                  <button type="button" onClick={() => view.change({ sort: nextSort(view.sort, id) ?? '' })}>
                    {label}
                    {direction !== undefined && <Arrow size={12} aria-hidden />}
                  </button>
                )}
                <ResizeHandle column={id} choices={placed} onChoose={view.choose} />
              </th>
            );
          })}
        </tr>
      </thead>
    </>
  );
}

interface RowProps<T> {
  row: T;
  placed: readonly PlacedColumn<T>[];
  isCurrent: ((row: T) => boolean) | undefined;
  rowIndex?: number | undefined;
}

function Row<T>({ row, placed, isCurrent, rowIndex }: RowProps<T>): ReactNode {
  return (
    <tr aria-current={isCurrent?.(row) === true ? true : undefined} aria-rowindex={rowIndex}>
      {placed.map(({ column: { id, cell, numeric }, style }, index) => {
        const shared: { style: CSSProperties | undefined; 'data-pinned': true | undefined } = {
          style,
          'data-pinned': style === undefined ? undefined : true,
        };
        return index === 0 ? (
          <th key={id} scope="row" data-numeric={numeric} {...shared}>
            {cell(row)}
          </th>
        ) : (
          <td key={id} data-numeric={numeric} {...shared}>
            {cell(row)}
          </td>
        );
      })}
    </tr>
  );
}
