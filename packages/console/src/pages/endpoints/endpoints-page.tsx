import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRoute, type Item } from '../../api/use-route.ts';
import { useFormat } from '../../format/use-format.ts';
import type { Column } from '../../parts/table/column.ts';
import { DataTable } from '../../parts/table/data-table.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Page } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Status } from '../../parts/status.tsx';
import { Teach } from '../../parts/teach.tsx';
import { None, When } from '../../parts/when.tsx';
import { VariantIdLink } from '../releases/variant-link.tsx';

type Endpoint = Item<'listEndpoints'>;

export function EndpointsPage(): ReactNode {
  const { t } = useTranslation();
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
            <DataTable
              caption={t('section.endpoints')}
              columns={columns}
              rows={items}
              rowKey={({ definition }) => definition.name}
            />
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
      value: ({ definition }) => definition.name,
      cell: ({ definition: { name } }) => (
        <Link to="/endpoints/$name" params={{ name }}>
          {name}
        </Link>
      ),
    },
    {
      id: 'release',
      label: t('column.release'),
      value: ({ release }) => release?.state,
      cell: ({ release }) => (release === null ? t('endpoint.nothingDeployed') : <Status state={release.state} />),
    },
    {
      id: 'serving',
      label: t('endpoint.serving'),
      value: ({ incumbent }) => incumbent,
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
      value: ({ definition }) => definition.description ?? '',
      cell: ({ definition }) => definition.description ?? '',
    },
    {
      id: 'changed',
      label: t('column.changed'),
      numeric: true,
      wide: true,
      time: true,
      value: ({ release }) => release?.updatedAtMs,
      cell: ({ release }) => <When atMs={release?.updatedAtMs ?? null} />,
    },
  ];
}
