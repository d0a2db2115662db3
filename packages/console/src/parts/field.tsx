import type { ReactNode } from 'react';
import styles from './field.module.css';

/** A form field under its label. */
export function Field({ label, children }: { label: string; children: ReactNode }): ReactNode {
  return (
    <label className={styles['field']}>
      <span>{label}</span>
      {children}
    </label>
  );
}
