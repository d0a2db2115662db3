import { Download } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../format/use-format.ts';
import { Button } from '../button.tsx';
import { FilterBox } from '../filter-box.tsx';
import type { Column } from './column.ts';
import { ColumnsPanel } from './columns-panel.tsx';
import { toCsv } from './csv.ts';
import { FilterForm } from './filter-form.tsx';
import { SavedViews } from './saved-views.tsx';
import styles from './table-bar.module.css';
import type { TableView } from './use-table-view.ts';
import type { ColumnChoice } from './view.ts';

interface TableBarProps<T> {
  caption: string;
  /** Key of its saved views. */
  table: string;
  view: TableView;
  columns: readonly Column<T>[];
  choices: readonly ColumnChoice[];
  shown: readonly T[];
  total: number;
  /** More rows are on the server, which filter and CSV do not see. */
  partial: boolean;
  /** In place of the usual words in the empty filter. */
  filterHint: string | undefined;
}

/** Filter, how many rows fit, and what can be done with the table. */
export function TableBar<T>(props: TableBarProps<T>): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { view, columns, choices, shown, total, partial, caption } = props;
  const download = (): void => {
    const chosen = choices.flatMap(({ id }) => columns.filter((each) => each.id === id));
    // The mark makes spreadsheets read UTF-8, and so Hangul.
    const blob = new Blob([`\uFEFF${toCsv(shown, chosen)}`], { type: 'text/csv;charset=utf-8' });
    const link = document.createElement('a');
    link.href = URL.createObjectURL(blob);
    link.download = `${caption}.csv`;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <div className={styles['bar']}>
      <FilterBox
        value={view.q}
        placeholder={props.filterHint ?? t('table.placeholder')}
        onChange={(q) => view.change({ q })}
      />
      <FilterForm columns={columns} q={view.q} onChange={(q) => view.change({ q })} />
      <output className={styles['count']}>
        {shown.length === total
          ? t('table.rows', { count: total, formatted: format.number(total) })
          : t('table.some', { shown: format.number(shown.length), total: format.number(total) })}
        {partial && ` · ${t('table.partial')}`}
      </output>
      <div className={styles['tools']}>
        <SavedViews table={props.table} view={view} />
        <ColumnsPanel columns={columns} shown={choices} onChoose={view.choose} />
        <Button quiet onClick={download}>
          <Download size={14} aria-hidden />
          CSV
        </Button>
      </div>
    </div>
  );
}
