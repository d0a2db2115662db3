import { Search } from 'lucide-react';
import { useEffect, useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import styles from './filter-box.module.css';

interface FilterBoxProps {
  value: string;
  placeholder?: string;
  onChange: (value: string) => void;
}

/** Filters what is shown by text; the text belongs into the address. What is typed stands here until the address has it: a composition of Hangul is not broken by a late answer. */
export function FilterBox({ value, placeholder, onChange }: FilterBoxProps): ReactNode {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (input.current && input.current !== document.activeElement) input.current.value = value;
  }, [value]);
  return (
    <label className={styles['box']}>
      <Search size={14} aria-hidden />
      <span className="visually-hidden">{t('action.filter')}</span>
      <input
        ref={input}
        type="search"
        defaultValue={value}
        placeholder={placeholder ?? t('action.filter')}
        onChange={({ target }) => onChange(target.value)}
      />
    </label>
  );
}
