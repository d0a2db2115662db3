import type { ReactNode } from 'react';
import styles from './empty.module.css';

/** What will appear here, and the command that makes it appear. */
export function Empty({
  title,
  children,
  command,
}: {
  title: string;
  children: ReactNode;
  command?: string;
}): ReactNode {
  return (
    <div className={styles['empty']}>
      <p className={styles['title']}>{title}</p>
      <p>{children}</p>
      {command !== undefined && <pre>{command}</pre>}
    </div>
  );
}
