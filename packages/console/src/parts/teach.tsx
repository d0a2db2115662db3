import type { CallInput } from '@mulle/client';
import type { ApiRoutes, RouteName } from '@mulle/contract';
import { Check, Copy, SquareTerminal } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { readKey } from '../api/session-key.ts';
import { curlLine } from '../api/teach.ts';
import { Button } from './button.tsx';
import { Popover } from './popover.tsx';
import styles from './teach.module.css';

interface TeachProps<N extends RouteName> {
  route: N;
  input: CallInput<ApiRoutes[N]>;
  cli?: string | undefined;
}

/** The lines that do the same from a terminal. */
export function TeachLines<N extends RouteName>({ route, input, cli }: TeachProps<N>): ReactNode {
  return (
    <div className={styles['lines']}>
      {cli !== undefined && <Line name="CLI" text={cli} />}
      <Line name="curl" text={curlLine(route, input, readKey() !== undefined)} />
    </div>
  );
}

function Line({ name, text }: { name: string; text: string }): ReactNode {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 1_500);
  };
  return (
    <div className={styles['line']}>
      <span className={styles['name']}>{name}</span>
      <code>{text}</code>
      <Button
        quiet
        aria-label={`${name}, ${copied ? t('action.copied') : t('action.copy')}`}
        onClick={() => void copy()}
      >
        {copied ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
      </Button>
    </div>
  );
}

/** A button of the page's head that opens those lines under it. */
export function Teach<N extends RouteName>(props: TeachProps<N>): ReactNode {
  const { t } = useTranslation();
  return (
    <Popover
      label={
        <>
          <SquareTerminal size={15} aria-hidden />
          {t(props.cli === undefined ? 'teach.curl' : 'teach.both')}
        </>
      }
    >
      {() => (
        <div className={styles['teach']}>
          <p>{t('teach.explanation')}</p>
          <TeachLines {...props} />
        </div>
      )}
    </Popover>
  );
}
