import { ArrowDown, ArrowUp, Columns3, Pin } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../button.tsx';
import { Popover } from '../popover.tsx';
import type { Column } from './column.ts';
import styles from './table-bar.module.css';
import type { ColumnChoice } from './view.ts';

interface ColumnsPanelProps<T> {
  columns: readonly Column<T>[];
  shown: readonly ColumnChoice[];
  onChoose: (shown: readonly ColumnChoice[] | undefined) => void;
}

/** Which columns are shown, in which order, how wide, and which stay in sight. */
export function ColumnsPanel<T>({ columns, shown, onChoose }: ColumnsPanelProps<T>): ReactNode {
  const { t } = useTranslation();
  const hidden = columns.filter(({ id }) => !shown.some((each) => each.id === id));
  const label = (id: string): string => columns.find((each) => each.id === id)?.label ?? id;
  const change = (id: string, changed: Partial<ColumnChoice>): void =>
    onChoose(shown.map((each) => (each.id === id ? { ...each, ...changed } : each)));
  function move(index: number, by: number): void {
    const next = [...shown];
    const [taken] = next.splice(index, 1);
    if (taken) next.splice(index + by, 0, taken);
    onChoose(next);
  }
  return (
    <Popover
      label={
        <>
          <Columns3 size={14} aria-hidden />
          {t('table.columns')}
        </>
      }
    >
      {() => (
        <div className={styles['columns']}>
          <ul>
            {shown.map(({ id, pinned, widthPx }, index) => (
              <ShownColumn
                key={id}
                label={label(id)}
                pinned={pinned}
                widthPx={widthPx}
                onHide={shown.length === 1 ? undefined : () => onChoose(shown.filter((each) => each.id !== id))}
                onChange={(changed) => change(id, changed)}
                onEarlier={index === 0 ? undefined : () => move(index, -1)}
                onLater={index === shown.length - 1 ? undefined : () => move(index, 1)}
              />
            ))}
            {hidden.map(({ id }) => (
              <li key={id}>
                <label>
                  <input
                    type="checkbox"
                    checked={false}
                    onChange={() => onChoose([...shown, { id, pinned: false, widthPx: undefined }])}
                  />
                  {label(id)}
                </label>
              </li>
            ))}
          </ul>
          <Button onClick={() => onChoose(undefined)}>{t('table.reset')}</Button>
        </div>
      )}
    </Popover>
  );
}

interface ShownColumnProps {
  label: string;
  pinned: boolean;
  widthPx: number | undefined;
  onChange: (changed: Partial<ColumnChoice>) => void;
  /** Undefined where it cannot be done: the last column stays, the first has none before it. */
  onHide: (() => void) | undefined;
  onEarlier: (() => void) | undefined;
  onLater: (() => void) | undefined;
}

function ShownColumn(props: ShownColumnProps): ReactNode {
  const { t } = useTranslation();
  const { label, pinned, widthPx, onChange, onHide, onEarlier, onLater } = props;
  return (
    <li>
      <label>
        <input type="checkbox" checked disabled={onHide === undefined} onChange={onHide} />
        {label}
      </label>
      <input
        type="number"
        min={48}
        max={1_200}
        step={10}
        value={widthPx ?? ''}
        placeholder={t('table.auto')}
        aria-label={`${t('table.width')}: ${label}`}
        onChange={({ target }) => onChange({ widthPx: target.value === '' ? undefined : Number(target.value) })}
      />
      <Button
        quiet
        aria-pressed={pinned}
        aria-label={`${t('table.pin')}: ${label}`}
        onClick={() => onChange({ pinned: !pinned })}
      >
        <Pin size={14} fill={pinned ? 'currentColor' : 'none'} aria-hidden />
      </Button>
      <Button
        quiet
        disabled={onEarlier === undefined}
        aria-label={`${t('table.earlier')}: ${label}`}
        onClick={onEarlier}
      >
        <ArrowUp size={14} aria-hidden />
      </Button>
      <Button quiet disabled={onLater === undefined} aria-label={`${t('table.later')}: ${label}`} onClick={onLater}>
        <ArrowDown size={14} aria-hidden />
      </Button>
    </li>
  );
}
