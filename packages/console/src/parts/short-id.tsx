import { Check, Copy } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import styles from './short-id.module.css';

/** An id, short, copied whole by a click. */
export function ShortId({ id, length = 10 }: { id: string; length?: number }): ReactNode {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(id);
    setCopied(true);
    setTimeout(() => setCopied(false), 1_500);
  };
  return (
    <button
      type="button"
      className={styles['id']}
      title={id}
      aria-label={`${id}, ${copied ? t('action.copied') : t('action.copy')}`}
      onClick={() => void copy()}
    >
      <code>{id.length > length + 2 ? `${id.slice(0, length)}…` : id}</code>
      {copied ? <Check size={12} aria-hidden /> : <Copy size={12} aria-hidden />}
    </button>
  );
}
