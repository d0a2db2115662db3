import type { Activity } from '@mulle/contract';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useActivityFeed } from '../../api/activity-feed.ts';
import { useRoute } from '../../api/use-route.ts';
import { Section } from '../../parts/page.tsx';
import { When } from '../../parts/when.tsx';
import styles from './recent-events.module.css';

const shown = 9;

/** The last steps of the wheel, as they happen. */
export function RecentEvents(): ReactNode {
  const { t } = useTranslation();
  const { events } = useActivityFeed();
  const before = useRoute('listActivity', { query: { limit: shown } });
  const byId = new Map<string, Activity>([...events, ...(before.data?.items ?? [])].map((event) => [event.id, event]));
  const rows = [...byId.values()].sort((a, b) => b.timeMs - a.timeMs).slice(0, shown);
  return (
    <Section title={t('wheel.recent')}>
      {rows.length === 0 && <p className={styles['none']}>{t('wheel.noEvents')}</p>}
      <ol className={styles['list']}>
        {rows.map(({ id, type, subject, timeMs }) => (
          <li key={id}>
            <span>{t(`activity.${type}`)}</span>
            <span className={styles['subject']} title={subject}>
              {subject.slice(subject.lastIndexOf('/') + 1)}
            </span>
            <When atMs={timeMs} />
          </li>
        ))}
      </ol>
    </Section>
  );
}
