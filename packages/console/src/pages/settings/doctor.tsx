import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRoute } from '../../api/use-route.ts';
import { useFormat } from '../../format/use-format.ts';
import { Section } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Status } from '../../parts/status.tsx';
import styles from './doctor.module.css';

/** The installation's own checks, each with what to do. */
export function Doctor(): ReactNode {
  const { t } = useTranslation();
  const { language } = useFormat();
  const doctor = useRoute('doctor', {});
  return (
    <Section title={t('settings.checks')}>
      <QueryView query={doctor} rows={3}>
        {({ checks }) => (
          <ul className={styles['list']}>
            {checks.map(({ name, ok, message, fix }) => (
              <li key={name}>
                <Status state={ok ? 'pass' : 'warning'} />
                <span>{name}</span>
                <div>
                  <p>{message[language]}</p>
                  {!ok && fix && <p className={styles['fix']}>{fix[language]}</p>}
                </div>
              </li>
            ))}
          </ul>
        )}
      </QueryView>
    </Section>
  );
}
