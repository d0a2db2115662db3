import type { Severity } from '@mulle/contract';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRoute, type Item } from '../../api/use-route.ts';
import { useFormat } from '../../format/use-format.ts';
import { Choice } from '../../parts/choice.tsx';
import type { Column } from '../../parts/table/column.ts';
import { DataTable } from '../../parts/table/data-table.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Page, Section } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Teach } from '../../parts/teach.tsx';
import { When } from '../../parts/when.tsx';
import { Findings } from './findings.tsx';

const route = getRouteApi('/monitors');
const severities: readonly Severity[] = ['critical', 'warning', 'info'];
type Monitor = Item<'listMonitors'>;

export function MonitorsPage(): ReactNode {
  const { t } = useTranslation();
  const { finding, ...search } = route.useSearch();
  const navigate = route.useNavigate();
  const severity = severities.find((each) => each === search.severity);
  const filters = {
    ...(severity === undefined ? {} : { severity }),
    ...(search.monitor === undefined ? {} : { monitor: search.monitor }),
  };
  return (
    <Page
      title={t('section.monitors')}
      summary={t('monitor.summary')}
      actions={<Teach route="listFindings" input={{ query: filters }} cli="mulle findings" />}
    >
      <MonitorList />
      <Section
        title={t('finding.title')}
        aside={
          <Choice
            label={t('finding.severity')}
            value={severity ?? 'all'}
            options={[['all', t('action.all')], ...severities.map((each) => [each, t(`state.${each}`)] as const)]}
            onChange={(value) =>
              void navigate({
                search: (before) => ({ ...before, severity: value === 'all' ? undefined : value }),
                resetScroll: false,
              })
            }
          />
        }
      >
        <Findings
          filters={filters}
          open={finding}
          onOpen={(id) =>
            void navigate({
              search: (before) => ({ ...before, finding: id }),
              replace: finding !== undefined,
              resetScroll: false,
            })
          }
        />
      </Section>
    </Page>
  );
}

function MonitorList(): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const monitors = useRoute('listMonitors', {});
  const columns: Column<Monitor>[] = [
    {
      id: 'name',
      label: t('column.monitor'),
      value: ({ definition }) => definition.name,
      cell: ({ definition: { name } }) => (
        <Link to="/monitors/$name" params={{ name }}>
          {name}
        </Link>
      ),
    },
    {
      id: 'kind',
      label: t('column.kind'),
      value: ({ definition }) => definition.kind,
      cell: ({ definition }) => t(`monitor.kind.${definition.kind}`),
    },
    {
      id: 'endpoint',
      label: t('column.endpoint'),
      wide: true,
      value: ({ definition }) => definition.endpoint,
      cell: ({ definition }) => definition.endpoint,
    },
    {
      id: 'values',
      label: t('monitor.lastWindow'),
      wide: true,
      cell: ({ last }) =>
        Object.entries(last?.values ?? {})
          .slice(0, 3)
          .map(([name, value]) => `${name} ${value === null ? '–' : format.metric(value)}`)
          .join(' · '),
    },
    {
      id: 'at',
      label: t('column.changed'),
      numeric: true,
      time: true,
      value: ({ last }) => last?.createdAtMs,
      cell: ({ last }) => <When atMs={last?.createdAtMs ?? null} />,
    },
  ];
  return (
    <Section title={t('monitor.defined')}>
      <QueryView query={monitors} rows={3}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t('monitor.none')} command="mulle apply">
              {t('monitor.noneHint')}
            </Empty>
          ) : (
            <DataTable
              caption={t('monitor.defined')}
              name="monitors"
              columns={columns}
              rows={items}
              rowKey={({ definition }) => definition.name}
            />
          )
        }
      </QueryView>
    </Section>
  );
}
