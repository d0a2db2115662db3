import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRoute, type Item } from '../../api/use-route.ts';
import { useFormat } from '../../format/use-format.ts';
import { matches } from '../../format/initial-consonants.ts';
import { DataTable, type Column } from '../../parts/data-table.tsx';
import { Empty } from '../../parts/empty.tsx';
import { FilterBox } from '../../parts/filter-box.tsx';
import { Page } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Status } from '../../parts/status.tsx';
import { Teach } from '../../parts/teach.tsx';
import { None, When } from '../../parts/when.tsx';
import { VariantIdLink } from '../releases/variant-link.tsx';

const route = getRouteApi('/endpoints');
type Endpoint = Item<'listEndpoints'>;

export function EndpointsPage(): ReactNode {
  const { t } = useTranslation();
  const { q = '' } = route.useSearch();
  const navigate = route.useNavigate();
  const endpoints = useRoute('listEndpoints', {});
  const columns = useColumns();
  return (
    <Page
      title={t('section.endpoints')}
      summary={t('endpoint.summary')}
      actions={<Teach route="listEndpoints" input={{}} cli="mulle status" />}
    >
      <QueryView query={endpoints}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t('endpoint.none')} command="mulle apply">
              {t('endpoint.noneHint')}
            </Empty>
          ) : (
            <>
              <FilterBox
                value={q}
                onChange={(value) => void navigate({ search: value === '' ? {} : { q: value }, replace: true })}
              />
              <DataTable
                caption={t('section.endpoints')}
                columns={columns}
                rows={items.filter(({ definition }) => matches(definition.name, q))}
                rowKey={({ definition }) => definition.name}
              />
            </>
          )
        }
      </QueryView>
    </Page>
  );
}

function useColumns(): Column<Endpoint>[] {
  const { t } = useTranslation();
  const format = useFormat();
  return [
    {
      id: 'name',
      label: t('column.endpoint'),
      cell: ({ definition: { name } }) => (
        <Link to="/endpoints/$name" params={{ name }}>
          {name}
        </Link>
      ),
    },
    {
      id: 'release',
      label: t('column.release'),
      cell: ({ release }) => (release === null ? t('endpoint.nothingDeployed') : <Status state={release.state} />),
    },
    {
      id: 'serving',
      label: t('endpoint.serving'),
      cell: ({ incumbent }) => (incumbent === null ? <None /> : <VariantIdLink id={incumbent} />),
    },
    {
      id: 'weight',
      label: t('endpoint.toChallenger'),
      numeric: true,
      wide: true,
      cell: ({ release }) =>
        release?.strategy.kind === 'canary' && release.state === 'running' ? (
          format.share(release.strategy.steps[release.step]?.weight ?? 0, 0)
        ) : (
          <None />
        ),
    },
    {
      id: 'description',
      label: t('column.description'),
      wide: true,
      cell: ({ definition }) => definition.description ?? '',
    },
    {
      id: 'changed',
      label: t('column.changed'),
      numeric: true,
      wide: true,
      cell: ({ release }) => <When atMs={release?.updatedAtMs ?? null} />,
    },
  ];
}
