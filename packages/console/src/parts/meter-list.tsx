import type { ReactNode } from 'react';
import { useFormat } from '../format/use-format.ts';
import styles from './meter-list.module.css';

interface MeterListProps {
  /** In place of a grouped number. */
  show?: (value: number) => string;
  /** Name, count, and optionally something to show in place of the name. */
  items: readonly { id: string; label: ReactNode; value: number; tone?: 'jjok' | 'neutral' | 'waiting' }[];
}

/** Counts as shares of their sum: name, bar, number, per cent. */
export function MeterList({ items, show }: MeterListProps): ReactNode {
  const format = useFormat();
  const sum = items.reduce((total, { value }) => total + value, 0);
  return (
    <ul className={styles['list']}>
      {items.map(({ id, label, value, tone = 'jjok' }) => (
        <li key={id}>
          <span className={styles['label']}>{label}</span>
          <span className={styles['bar']} aria-hidden>
            <span data-tone={tone} style={{ width: `${sum === 0 ? 0 : (100 * value) / sum}%` }} />
          </span>
          <span className={styles['number']}>{show ? show(value) : format.number(value)}</span>
          <span className={styles['number']}>
            {format.share(sum === 0 ? 0 : value / sum, value < sum / 1_000 ? 2 : 1)}
          </span>
        </li>
      ))}
    </ul>
  );
}
