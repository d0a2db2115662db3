import { getRouteApi } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useManifest } from '../../api/use-manifest.ts';
import { useRoute } from '../../api/use-route.ts';
import { Empty } from '../../parts/empty.tsx';
import { Choice } from '../../parts/choice.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Columns, Page, Section } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { ShortId } from '../../parts/short-id.tsx';
import { Teach } from '../../parts/teach.tsx';
import { None, When } from '../../parts/when.tsx';
import { changePreferences, usePreferences } from '../../shell/preferences.ts';
import { Audit } from './audit.tsx';
import { Doctor } from './doctor.tsx';
import { Keys } from './keys.tsx';

const route = getRouteApi('/settings');

export function SettingsPage(): ReactNode {
  const { t } = useTranslation();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <Page title={t('section.settings')} actions={<Teach route="doctor" input={{}} cli="mulle doctor" />}>
      <Columns>
        <Appearance />
        <Project />
      </Columns>
      <Doctor />
      <Keys
        open={search.do}
        onOpen={(action) =>
          void navigate({ search: action === undefined ? {} : { do: action }, replace: true, resetScroll: false })
        }
      />
      <Audit />
    </Page>
  );
}

function Appearance(): ReactNode {
  const { t } = useTranslation();
  const { language, theme } = usePreferences();
  return (
    <Section title={t('settings.appearance')} aside={t('settings.thisBrowser')}>
      <Facts
        items={[
          [
            t('settings.language'),
            <Choice
              key="language"
              label={t('settings.language')}
              value={language}
              options={[
                ['ko', '한국어'],
                ['en', 'English'],
              ]}
              onChange={(value) => changePreferences({ language: value })}
            />,
          ],
          [
            t('settings.theme'),
            <Choice
              key="theme"
              label={t('settings.theme')}
              value={theme}
              options={[
                ['system', t('theme.system')],
                ['light', t('theme.light')],
                ['dark', t('theme.dark')],
              ]}
              onChange={(value) => changePreferences({ theme: value })}
            />,
          ],
        ]}
      />
    </Section>
  );
}

function Project(): ReactNode {
  const { t } = useTranslation();
  const history = useRoute('listManifests', { query: { limit: 1 } });
  const applied = useManifest();
  const health = useRoute('health', {});
  return (
    <Section title={t('settings.project')}>
      <QueryView query={history} rows={3}>
        {({ items: [last] }) =>
          last === undefined ? (
            <Empty title={t('settings.notApplied')} command="mulle apply">
              {t('settings.notAppliedHint')}
            </Empty>
          ) : (
            <Facts
              items={[
                [t('settings.project'), applied?.manifest.project ?? <None key="project" />],
                [t('settings.manifest'), last.version],
                [t('model.code'), <ShortId key="digest" id={last.digest} length={16} />],
                [t('settings.applied'), <When key="applied" atMs={last.createdAtMs} />],
                [t('column.by'), last.actor],
                ['Mulle', health.data?.version ?? <None key="version" />],
              ]}
            />
          )
        }
      </QueryView>
    </Section>
  );
}
