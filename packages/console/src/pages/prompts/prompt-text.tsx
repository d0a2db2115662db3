import type { PromptVersion } from '@mulle/contract';
import { Fragment, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { messagesOf } from './prompt-messages.ts';
import styles from './prompts.module.css';

/** A prompt as it is written, its variables marked and listed. */
export function PromptText({ version }: { version: PromptVersion }): ReactNode {
  const { t } = useTranslation();
  const messages = messagesOf(version);
  const variables = [...new Set(Array.from(version.template.matchAll(variable), ([, name = '']) => name.trim()))];
  return (
    <>
      {variables.length > 0 && (
        <p className={styles['variables']}>
          {t('prompt.variables')}{' '}
          {variables.map((name) => (
            <code key={name}>{name}</code>
          ))}
        </p>
      )}
      {messages.map(({ role, content }, index) => (
        <section key={index} className={styles['message']} aria-label={role ?? t('prompt.prompt')}>
          {role !== undefined && <b>{role}</b>}
          <p className={styles['text']}>{marked(content)}</p>
        </section>
      ))}
    </>
  );
}

const variable = /\{\{([^{}]+)\}\}/g;

function marked(text: string): ReactNode {
  return text
    .split(/(\{\{[^{}]+\}\})/)
    .map((part, index) =>
      index % 2 === 1 ? <mark key={index}>{part}</mark> : <Fragment key={index}>{part}</Fragment>,
    );
}
