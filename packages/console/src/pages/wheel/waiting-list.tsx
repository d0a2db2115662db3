import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Answer } from '../../api/use-route.ts';
import { useFormat } from '../../format/use-format.ts';
import { Section } from '../../parts/page.tsx';
import { Status } from '../../parts/status.tsx';
import styles from './waiting-list.module.css';

type Waiting = Answer<'wheel'>['waiting'][number];

/** What waits for a person, each with the page where it is decided. */
export function WaitingList({ items }: { items: readonly Waiting[] }): ReactNode {
  const { t } = useTranslation();
  const { language } = useFormat();
  return (
    <div id="waiting">
      <Section title={t('wheel.waiting')} aside={items.length > 0 ? items.length : undefined}>
        {items.length === 0 ? (
          <p className={styles['none']}>{t('wheel.nothingWaits')}</p>
        ) : (
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
        )}
      </Section>
    </div>
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
