import type { CallInput } from '@mulle/client';
import type { ApiRoutes, RouteName } from '@mulle/contract';
import { useState, type ReactNode, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useChange, type Answer } from '../api/use-route.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Field } from './field.tsx';
import styles from './field.module.css';
import { Problem } from './problem.tsx';
import { TeachLines } from './teach.tsx';

interface ChangeDialogProps<N extends RouteName> {
  route: N;
  title: string;
  /** What it will do. */
  explanation: string;
  confirm: string;
  danger?: boolean;
  /** Whether the API wants a reason: `required` refuses an empty one, `none` shows no field. */
  reason?: 'required' | 'optional' | 'none';
  /** What to send, given the reason; undefined while a field is not filled in. */
  input: (reason: string) => CallInput<ApiRoutes[N]> | undefined;
  cli?: ((reason: string) => string) | undefined;
  /** Further fields. */
  children?: ReactNode;
  onClose: () => void;
  onDone?: (answer: Answer<N>) => void;
}

/** Asks once more, with the reason where one is kept, shows the line that does the same, then calls the route. */
export function ChangeDialog<N extends RouteName>(props: ChangeDialogProps<N>): ReactNode {
  const { t } = useTranslation();
  const { route, reason: asks = 'required', danger = false } = props;
  const [reason, setReason] = useState('');
  const change = useChange(route);
  const input = props.input(reason.trim());
  const ready = input !== undefined && (asks !== 'required' || reason.trim() !== '');

  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (!ready) return;
    change.mutate(input, {
      onSuccess: (answer) => {
        props.onDone?.(answer);
        props.onClose();
      },
    });
  };
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <form onSubmit={submit}>
        <p className={styles['note']}>{props.explanation}</p>
        {props.children}
        {asks !== 'none' && (
          <Field label={t(asks === 'required' ? 'change.reason' : 'change.reasonOptional')}>
            <textarea
              className={styles['input']}
              value={reason}
              required={asks === 'required'}
              maxLength={2_000}
              placeholder={t('change.reasonHint')}
              onChange={({ target }) => setReason(target.value)}
            />
          </Field>
        )}
        {input !== undefined && <TeachLines route={route} input={input} cli={props.cli?.(reason.trim())} />}
        {change.error && <Problem error={change.error} />}
        <div className={styles['foot']}>
          <Button onClick={props.onClose}>{t('action.keep')}</Button>
          <Button type="submit" tone={danger ? 'danger' : 'primary'} disabled={!ready || change.isPending}>
            {props.confirm}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
