import { useEffect, type ReactNode } from 'react';
import styles from './page.module.css';

interface PageProps {
  title: string;
  /** One line under the title. */
  summary?: ReactNode;
  /** At the right of the head. */
  actions?: ReactNode;
  children: ReactNode;
}

/** One page: its title, what can be done with it, its content. Names the document as well. */
export function Page({ title, summary, actions, children }: PageProps): ReactNode {
  useEffect(() => {
    document.title = `${title} · Mulle`;
  }, [title]);
  return (
    <>
      <header className={styles['head']}>
        <div className={styles['title']}>
          <h1>{title}</h1>
          {summary !== undefined && <div className={styles['summary']}>{summary}</div>}
        </div>
        {actions !== undefined && <div className={styles['actions']}>{actions}</div>}
      </header>
      {children}
    </>
  );
}

interface SectionProps {
  title: string;
  /** Beside the title: a count, a note, a link. */
  aside?: ReactNode;
  children: ReactNode;
}

export function Section({ title, aside, children }: SectionProps): ReactNode {
  return (
    <section className={styles['section']}>
      <header className={styles['section-head']}>
        <h2>{title}</h2>
        {aside !== undefined && <span className={styles['aside']}>{aside}</span>}
      </header>
      {children}
    </section>
  );
}

/** Sections side by side where there is room. */
export function Columns({ children }: { children: ReactNode }): ReactNode {
  return <div className={styles['columns']}>{children}</div>;
}
