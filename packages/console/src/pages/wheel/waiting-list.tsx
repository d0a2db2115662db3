import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Answer } from '../../api/use-route.ts';
import { useFormat } from '../../format/use-format.ts';
import { Section } from '../../parts/page.tsx';
import { Status } from '../../parts/status.tsx';
import styles from './waiting-list.module.css';

/** The rest opens on demand, so that the wheel stays in sight. */
const atOnce = 4;
type Waiting = Answer<'wheel'>['waiting'][number];

/** What waits for a person, each with the page where it is decided. */
export function WaitingList({ items }: { items: readonly Waiting[] }): ReactNode {
  const { t } = useTranslation();
  return (
    <div id="waiting">
      <Section title={t('wheel.waiting')} aside={items.length > 0 ? items.length : undefined}>
        {items.length === 0 ? (
          <p className={styles['none']}>{t('wheel.nothingWaits')}</p>
        ) : (
          <>
            <Items items={items.slice(0, atOnce)} />
            {items.length > atOnce && (
              <details className={styles['more']}>
                <summary>{t('action.more')}</summary>
                <Items items={items.slice(atOnce)} />
              </details>
            )}
          </>
        )}
      </Section>
    </div>
  );
}

function Items({ items }: { items: readonly Waiting[] }): ReactNode {
  const { language } = useFormat();
  return (
    <ul className={styles['list']}>
      {items.map((item) => (
        <li key={`${item.kind}:${item.subject}`}>
          <Status state="waiting" bare />
          <div>
            <p>{item.message[language]}</p>
            <p className={styles['subject']}>
              <Subject item={item} />
            </p>
          </div>
        </li>
      ))}
    </ul>
  );
}

function Subject({ item: { kind, subject } }: { item: Waiting }): ReactNode {
  const [, model, version] = /^(.+)@(\d+)$/.exec(subject) ?? [];
  if (model !== undefined && version !== undefined) {
    return (
      <Link to="/models/$model/versions/$version" params={{ model, version }}>
        {subject}
      </Link>
    );
  }
  if (kind.includes('release')) {
    return (
      <Link to="/releases/$id" params={{ id: subject }}>
        {subject}
      </Link>
    );
  }
  return subject;
}
