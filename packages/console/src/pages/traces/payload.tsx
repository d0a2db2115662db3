import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { None } from '../../parts/when.tsx';
import styles from './traces.module.css';

/** More than this is cut: nobody reads it here. */
const charactersAtMost = 20_000;

interface Message {
  readonly role: string;
  readonly content: string;
}

/** What went in or came out: a conversation as one, other values as JSON, text as it is. */
export function Payload({ value }: { value: unknown }): ReactNode {
  const { t } = useTranslation();
  const parsed = parse(value);
  if (parsed === null || parsed === undefined || parsed === '') return <None />;
  const messages = messagesOf(parsed);
  if (messages !== undefined)
    return (
      <ol className={styles['messages']}>
        {messages.map(({ role, content }, index) => (
          <li key={index} data-role={role}>
            <b>{role}</b>
            <p>{content}</p>
          </li>
        ))}
      </ol>
    );
  const text = typeof parsed === 'string' ? parsed : JSON.stringify(parsed, null, 2);
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrolls, so the keyboard must reach it (WCAG 2.1.1).
    <pre className={styles['payload']} tabIndex={0}>
      {text.slice(0, charactersAtMost)}
      {text.length > charactersAtMost && `\n… ${t('trace.cut')}`}
    </pre>
  );
}

function parse(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

/** The messages of a chat request, or of a chat answer, as OpenAI's API has them. */
function messagesOf(value: unknown): Message[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const list: unknown = Reflect.get(value, 'messages') ?? Reflect.get(value, 'choices');
  if (!Array.isArray(list) || list.length === 0) return undefined;
  const messages = list.map((each: unknown) => {
    const message: unknown =
      typeof each === 'object' && each !== null ? (Reflect.get(each, 'message') ?? each) : undefined;
    if (typeof message !== 'object' || message === null) return undefined;
    const [role, content]: unknown[] = [Reflect.get(message, 'role'), Reflect.get(message, 'content')];
    if (typeof role !== 'string') return undefined;
    return { role, content: typeof content === 'string' ? content : JSON.stringify(content, null, 2) };
  });
  const known = messages.filter((message) => message !== undefined);
  return known.length === messages.length ? known : undefined;
}
