import { X } from 'lucide-react';
import { useEffect, useId, useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from './button.tsx';
import styles from './dialog.module.css';

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
}

/** A modal dialog on the platform's own element: focus stays inside, Esc closes, focus returns. */
export function Dialog({ title, onClose, children }: DialogProps): ReactNode {
  const { t } = useTranslation();
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} className={styles['dialog']} aria-labelledby={titleId} onClose={onClose}>
      <header className={styles['head']}>
        <h2 id={titleId}>{title}</h2>
        <Button quiet aria-label={t('action.close')} onClick={() => dialog.current?.close()}>
          <X size={16} aria-hidden />
        </Button>
      </header>
      {children}
    </dialog>
  );
}
