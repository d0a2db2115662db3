import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRoute } from '../../api/use-route.ts';
import { Section } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { When } from '../../parts/when.tsx';
import styles from './version.module.css';

const shown = 50;

/** What happened to a version since it was registered, newest first. */
export function VersionHistory({ subject }: { subject: string }): ReactNode {
  const { t } = useTranslation();
  const activity = useRoute('listActivity', { query: { subject, limit: shown } });
  return (
    <Section title={t('model.history')}>
      <QueryView query={activity} rows={2}>
        {({ items }) =>
          items.length === 0 ? (
            <p className={styles['soft']}>{t('model.noHistory')}</p>
          ) : (
            <ol className={styles['history']}>
              {items.map(({ id, type, timeMs, value }) => (
                <li key={id}>
                  <span>{t(`activity.${type}`)}</span>
                  <span className={styles['soft']}>{told(value)}</span>
                  <When atMs={timeMs} />
                </li>
              ))}
            </ol>
          )
        }
      </QueryView>
    </Section>
  );
}

/** The words of an event that a person reads: alias, verdict, reason, who. */
function told(value: unknown): string {
  return ['alias', 'verdict', 'reason', 'actor']
    .map((name): unknown => Reflect.get(Object(value), name))
    .filter((part) => typeof part === 'string' && part !== '')
    .join(' · ');
}
