import type { ButtonHTMLAttributes, ReactNode } from 'react';
import styles from './button.module.css';

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  tone?: 'plain' | 'primary' | 'danger';
  quiet?: boolean;
}

export function Button({ tone = 'plain', quiet = false, ...rest }: ButtonProps): ReactNode {
  return (
    <button type="button" className={styles['button']} data-tone={tone} data-quiet={quiet || undefined} {...rest} />
  );
}
