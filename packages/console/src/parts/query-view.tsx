import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '@mulle/client';
import { KeyGate } from '../shell/key-gate.tsx';
import { Problem } from './problem.tsx';
import styles from './query-view.module.css';
import { When } from './when.tsx';

interface QueryViewProps<T> {
  query: UseQueryResult<T>;
  children: (data: T) => ReactNode;
  /** Rows of the placeholder while the first answer is on its way. */
  rows?: number;
}

/** Loading, error, stale or there: what every answer of the API is shown through. */
export function QueryView<T>({ query, children, rows = 6 }: QueryViewProps<T>): ReactNode {
  const { t } = useTranslation();
  const { data, error, refetch } = query;
  if (error instanceof ApiError && error.code === 'unauthenticated') return <KeyGate />;
  if (data === undefined) {
    if (error) return <Problem error={error} onRetry={() => void refetch()} />;
    return (
      <output className={styles['skeleton']} aria-label={t('state.loading')}>
        {Array.from({ length: rows }, (_, index) => (
          <span key={index} />
        ))}
      </output>
    );
  }
  return (
    <>
      {error && (
        <div className={styles['stale']}>
          {t('stale.shown')} <When atMs={query.dataUpdatedAt} />
          <Problem error={error} onRetry={() => void refetch()} />
        </div>
      )}
      {children(data)}
    </>
  );
}
