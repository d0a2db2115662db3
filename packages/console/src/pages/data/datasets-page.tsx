import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRoute, type Item } from '../../api/use-route.ts';
import { matches } from '../../format/initial-consonants.ts';
import { useFormat } from '../../format/use-format.ts';
import { DataTable, type Column } from '../../parts/data-table.tsx';
import { Empty } from '../../parts/empty.tsx';
import { FilterBox } from '../../parts/filter-box.tsx';
import { Page } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Teach } from '../../parts/teach.tsx';
import { None, When } from '../../parts/when.tsx';

const route = getRouteApi('/data');
type Dataset = Item<'listDatasets'>;

export function DatasetsPage(): ReactNode {
  const { t } = useTranslation();
  const { q = '' } = route.useSearch();
  const navigate = route.useNavigate();
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
            <>
              <FilterBox
                value={q}
                onChange={(value) => void navigate({ search: value === '' ? {} : { q: value }, replace: true })}
              />
              <DataTable
                caption={t('section.data')}
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

function useColumns(): Column<Dataset>[] {
  const { t } = useTranslation();
  const format = useFormat();
  return [
    {
      id: 'name',
      label: t('column.dataset'),
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
      cell: ({ latest }) => (latest ? format.number(latest.version) : <None />),
    },
    {
      id: 'rows',
      label: t('column.rows'),
      numeric: true,
      cell: ({ latest }) => (latest ? format.number(latest.rows) : <None />),
    },
    {
      id: 'fields',
      label: t('data.fields'),
      numeric: true,
      wide: true,
      cell: ({ definition }) => format.number(definition.fields.length),
    },
    {
      id: 'description',
      label: t('column.description'),
      wide: true,
      cell: ({ definition }) => definition.description ?? '',
    },
    {
      id: 'created',
      label: t('column.changed'),
      numeric: true,
      cell: ({ latest }) => <When atMs={latest?.createdAtMs ?? null} />,
    },
  ];
}
