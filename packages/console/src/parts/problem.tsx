import { ApiError } from '@mulle/client';
import { TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from './button.tsx';
import styles from './problem.module.css';

/** What went wrong: the code of the error table, what the server said, and a way on. */
export function Problem({ error, onRetry }: { error: Error; onRetry?: () => void }): ReactNode {
  const { t } = useTranslation();
  const code = error instanceof ApiError ? error.code : 'internal';
  return (
    <div className={styles['problem']} role="alert">
      <TriangleAlert size={16} aria-hidden />
      <div>
        <p className={styles['what']}>{t(`error.${code}`)}</p>
        <p className={styles['said']}>
          <code>{code}</code> {error.message}
        </p>
      </div>
      {onRetry && <Button onClick={onRetry}>{t('action.retry')}</Button>}
    </div>
  );
}
