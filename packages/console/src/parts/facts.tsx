import type { ReactNode } from 'react';
import styles from './facts.module.css';

/** Labels and values. */
export function Facts({ items }: { items: readonly (readonly [label: string, value: ReactNode])[] }): ReactNode {
  return (
    <dl className={styles['facts']}>
      {items.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Figures that are read first: a large number over its label. */
export function Figures({ items }: { items: readonly (readonly [label: string, value: ReactNode])[] }): ReactNode {
  return (
    <dl className={styles['figures']}>
      {items.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
