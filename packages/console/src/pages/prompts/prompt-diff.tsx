import type { PromptVersion } from '@mulle/contract';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { promptText } from './prompt-messages.ts';
import styles from './prompts.module.css';
import { diffLines, diffWords, type DiffPart } from './text-diff.ts';

interface Row {
  readonly kind: DiffPart['kind'];
  /** Of a changed line its words, those that changed marked. */
  readonly words: readonly DiffPart[];
}

/** A line that took another's place is compared with it word by word. */
function rowsOf(parts: readonly DiffPart[]): Row[] {
  const rows: Row[] = [];
  for (let index = 0; index < parts.length;) {
    const removed = takeWhile(parts, index, 'removed');
    const added = takeWhile(parts, index + removed.length, 'added');
    if (removed.length + added.length === 0) {
      const text = parts[index]?.text ?? '';
      rows.push({ kind: 'same', words: [{ kind: 'same', text }] });
      index += 1;
      continue;
    }
    const pairs = removed.map((text, at) => diffWords(text, added[at] ?? ''));
    const whole = (kind: 'removed' | 'added', text: string): Row => ({ kind, words: [{ kind, text }] });
    removed.forEach((text, at) => {
      const words = added[at] === undefined ? undefined : pairs[at]?.filter(({ kind }) => kind !== 'added');
      rows.push(words ? { kind: 'removed', words } : whole('removed', text));
    });
    added.forEach((text, at) => {
      const words = pairs[at]?.filter(({ kind }) => kind !== 'removed');
      rows.push(words ? { kind: 'added', words } : whole('added', text));
    });
    index += removed.length + added.length;
  }
  return rows;
}

function takeWhile(parts: readonly DiffPart[], from: number, kind: DiffPart['kind']): string[] {
  const taken: string[] = [];
  for (let index = from; parts[index]?.kind === kind; index += 1) taken.push(parts[index]?.text ?? '');
  return taken;
}

const signs = { same: ' ', removed: '−', added: '+' } as const;

/** What changed from one version to another. */
export function PromptDiff({ before, after }: { before: PromptVersion; after: PromptVersion }): ReactNode {
  const { t } = useTranslation();
  const rows = rowsOf(diffLines(promptText(before), promptText(after)));
  if (rows.every(({ kind }) => kind === 'same')) return <p className={styles['why']}>{t('prompt.same')}</p>;
  return (
    <ol className={styles['diff']}>
      {rows.map(({ kind, words }, index) => (
        <li key={index} data-kind={kind}>
          <i aria-hidden>{signs[kind]}</i>
          <span>
            {kind !== 'same' && <span className="visually-hidden">{t(`prompt.${kind}`)}: </span>}
            {words.map((part, at) => (part.kind === 'same' ? part.text : <mark key={at}>{part.text}</mark>))}
          </span>
        </li>
      ))}
    </ol>
  );
}
