import { reasonText, type Activity, type Reason } from '@mulle/contract';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRoute } from '../../api/use-route.ts';
import { useFormat } from '../../format/use-format.ts';
import { Section } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Status } from '../../parts/status.tsx';
import { When } from '../../parts/when.tsx';
import styles from './release-timeline.module.css';

const stateOf: Partial<Record<Activity['type'], string>> = {
  'release-promoted': 'promoted',
  'release-rolled-back': 'rolled-back',
  'release-paused': 'paused',
  'release-superseded': 'superseded',
};

/** Everything that became of a release, newest first: when, what, why. */
export function ReleaseTimeline({ releaseId }: { releaseId: string }): ReactNode {
  const { t } = useTranslation();
  const { language } = useFormat();
  const activity = useRoute('listActivity', { query: { subject: releaseId, limit: 200 } });
  const why = ({ value: { reason } }: Activity): string => {
    const known = typeof reason === 'string' || (typeof reason === 'object' && reason !== null);
    return known ? reasonText(reason as Reason, language) : '';
  };
  return (
    <Section title={t('release.timeline')}>
      <QueryView query={activity} rows={3}>
        {({ items }) =>
          items.length === 0 ? (
            <p className={styles['none']}>{t('release.noTimeline')}</p>
          ) : (
            <ol className={styles['timeline']}>
              {items.map((event) => (
                <li key={event.id}>
                  <When atMs={event.timeMs} />
                  <div>
                    <Status state={stateOf[event.type] ?? 'running'}>{t(`activity.${event.type}`)}</Status>
                    <p>{why(event)}</p>
                  </div>
                </li>
              ))}
            </ol>
          )
        }
      </QueryView>
    </Section>
  );
}
