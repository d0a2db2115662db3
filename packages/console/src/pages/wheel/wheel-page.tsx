import { getRouteApi } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRoute } from '../../api/use-route.ts';
import { Page } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Teach } from '../../parts/teach.tsx';
import { RecentEvents } from './recent-events.tsx';
import { Ring } from './ring.tsx';
import { Turns } from './turns.tsx';
import { WaitingList } from './waiting-list.tsx';
import styles from './wheel-page.module.css';

const route = getRouteApi('/');

/** Home: the wheel, what waits for a person, what has just happened, the last turns. */
export function WheelPage(): ReactNode {
  const { t } = useTranslation();
  const { turn } = route.useSearch();
  const wheel = useRoute('wheel', {}, { refetchInterval: 10_000 });
  return (
    <Page title={t('section.wheel')} summary={t('wheel.summary')} actions={<Teach route="wheel" input={{}} />}>
      <QueryView query={wheel} rows={12}>
        {(data) => (
          <>
            <div className={styles['top']}>
              <Ring wheel={data} />
              <aside aria-label={t('wheel.waiting')}>
                <WaitingList items={data.waiting} />
                <RecentEvents />
              </aside>
            </div>
            <Turns turns={data.turns} open={turn} />
          </>
        )}
      </QueryView>
    </Page>
  );
}
