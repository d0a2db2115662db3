import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Button } from './button.tsx';
import styles from './popover.module.css';

interface PopoverProps {
  /** What the button shows. */
  label: ReactNode;
  /** Read out, where what it shows is not enough. */
  name?: string;
  /** Given a function that closes it. */
  children: (close: () => void) => ReactNode;
}

/** A button and what it opens under itself; Escape or a press elsewhere closes it. */
export function Popover({ label, name, children }: PopoverProps): ReactNode {
  const [open, setOpen] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  const close = (): void => setOpen(false);
  useEffect(() => {
    if (!open) return;
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || event.isComposing) return;
      setOpen(false);
      frame.current?.querySelector('button')?.focus();
    };
    const onPress = (event: PointerEvent): void => {
      if (event.target instanceof Node && frame.current?.contains(event.target) === false) setOpen(false);
    };
    addEventListener('keydown', onKey);
    addEventListener('pointerdown', onPress);
    return () => {
      removeEventListener('keydown', onKey);
      removeEventListener('pointerdown', onPress);
    };
  }, [open]);
  return (
    <div ref={frame} className={styles['popover']}>
      <Button quiet aria-expanded={open} aria-label={name} onClick={() => setOpen(!open)}>
        {label}
      </Button>
      {open && <div className={styles['panel']}>{children(close)}</div>}
    </div>
  );
}
