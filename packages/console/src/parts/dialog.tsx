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

/** A modal dialog on the platform's own element: focus goes to the first field, stays inside, returns; Esc closes. */
export function Dialog({ title, onClose, children }: DialogProps): ReactNode {
  const { t } = useTranslation();
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} className={styles['dialog']} aria-labelledby={titleId} onClose={onClose}>
      <h2 id={titleId} className={styles['title']}>
        {title}
      </h2>
      {children}
      <div className={styles['close']}>
        <Button quiet aria-label={t('action.close')} onClick={() => dialog.current?.close()}>
          <X size={16} aria-hidden />
        </Button>
      </div>
    </dialog>
  );
}
