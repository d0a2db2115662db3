import { reasonText } from '@mulle/contract';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRoute } from '../../api/use-route.ts';
import { useFormat } from '../../format/use-format.ts';
import { Section } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Status } from '../../parts/status.tsx';
import { When } from '../../parts/when.tsx';
import styles from './release-timeline.module.css';

/** Everything that became of a release, newest first: when, what, by whom, why. */
export function ReleaseTimeline({ releaseId }: { releaseId: string }): ReactNode {
  const { t } = useTranslation();
  const { language } = useFormat();
  const evidence = useRoute('getReleaseEvidence', { params: { id: releaseId } });
  return (
    <Section title={t('release.timeline')}>
      <QueryView query={evidence} rows={3}>
        {({ moments }) =>
          moments.length === 0 ? (
            <p className={styles['none']}>{t('release.noTimeline')}</p>
          ) : (
            <ol className={styles['timeline']}>
              {moments.toReversed().map(({ atMs, type, state, reason, actor }) => (
                <li key={`${atMs}:${type}`}>
                  <When atMs={atMs} />
                  <div>
                    <Status state={state}>{t(`activity.${type}`)}</Status>
                    <span className={styles['actor']}>{actor}</span>
                    <p>{reasonText(reason, language)}</p>
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
