import { Search } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import styles from './filter-box.module.css';

/** Filters what is shown by text; the text belongs into the address. */
export function FilterBox({ value, onChange }: { value: string; onChange: (value: string) => void }): ReactNode {
  const { t } = useTranslation();
  return (
    <label className={styles['box']}>
      <Search size={14} aria-hidden />
      <span className="visually-hidden">{t('action.filter')}</span>
      <input
        type="search"
        value={value}
        placeholder={t('action.filter')}
        onChange={(event) => onChange(event.target.value)}
      />
    </label>
  );
}
