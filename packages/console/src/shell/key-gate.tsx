import { useState, type ReactNode, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { forgetKey, keepKey, readKey } from '../api/session-key.ts';
import { queryClient } from '../api/use-route.ts';
import { Button } from '../parts/button.tsx';
import { Field } from '../parts/field.tsx';
import field from '../parts/field.module.css';

/** Asks for an API key where the server wants one. */
export function KeyGate(): ReactNode {
  const { t } = useTranslation();
  const [key, setKey] = useState('');
  const refused = readKey() !== undefined;
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    keepKey(key.trim());
    void queryClient.resetQueries();
  };
  return (
    <form onSubmit={submit} style={{ maxWidth: 420, padding: '24px 0' }}>
      <h2>{t('keyGate.title')}</h2>
      <p className={field['note']}>{t(refused ? 'keyGate.refused' : 'keyGate.text')}</p>
      <Field label={t('keyGate.label')}>
        <input
          className={field['input']}
          type="password"
          autoComplete="off"
          required
          placeholder="mk_…"
          value={key}
          onChange={({ target }) => setKey(target.value)}
        />
      </Field>
      <div className={field['foot']}>
        {refused && (
          <Button
            onClick={() => {
              forgetKey();
              void queryClient.resetQueries();
            }}
          >
            {t('keyGate.forget')}
          </Button>
        )}
        <Button type="submit" tone="primary">
          {t('keyGate.use')}
        </Button>
      </div>
    </form>
  );
}
