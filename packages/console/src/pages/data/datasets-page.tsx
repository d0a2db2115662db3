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
import { Teach } from '../../parts/teach.tsx';
import { None, When } from '../../parts/when.tsx';

type Dataset = Item<'listDatasets'>;

export function DatasetsPage(): ReactNode {
  const { t } = useTranslation();
  const datasets = useRoute('listDatasets', {});
  const columns = useColumns();
  return (
    <Page title={t('section.data')} summary={t('data.summary')} actions={<Teach route="listDatasets" input={{}} />}>
      <QueryView query={datasets}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t('data.none')} command="mulle apply">
              {t('data.noneHint')}
            </Empty>
          ) : (
            <DataTable
              caption={t('section.data')}
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

function useColumns(): Column<Dataset>[] {
  const { t } = useTranslation();
  const format = useFormat();
  return [
    {
      id: 'name',
      label: t('column.dataset'),
      value: ({ definition }) => definition.name,
      cell: ({ definition: { name } }) => (
        <Link to="/data/$name" params={{ name }}>
          {name}
        </Link>
      ),
    },
    {
      id: 'version',
      label: t('column.version'),
      numeric: true,
      value: ({ latest }) => latest?.version,
      cell: ({ latest }) => (latest ? format.number(latest.version) : <None />),
    },
    {
      id: 'rows',
      label: t('column.rows'),
      numeric: true,
      value: ({ latest }) => latest?.rows,
      cell: ({ latest }) => (latest ? format.number(latest.rows) : <None />),
    },
    {
      id: 'fields',
      label: t('data.fields'),
      numeric: true,
      wide: true,
      value: ({ definition }) => definition.fields.length,
      cell: ({ definition }) => format.number(definition.fields.length),
    },
    {
      id: 'description',
      label: t('column.description'),
      wide: true,
      value: ({ definition }) => definition.description ?? '',
      cell: ({ definition }) => definition.description ?? '',
    },
    {
      id: 'created',
      label: t('column.changed'),
      numeric: true,
      time: true,
      value: ({ latest }) => latest?.createdAtMs,
      cell: ({ latest }) => <When atMs={latest?.createdAtMs ?? null} />,
    },
  ];
}
