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
import { Aliases } from './aliases.tsx';

const route = getRouteApi('/models');
type Model = Item<'listModels'>;

export function ModelsPage(): ReactNode {
  const { t } = useTranslation();
  const { q = '' } = route.useSearch();
  const navigate = route.useNavigate();
  const models = useRoute('listModels', {});
  const columns = useColumns();
  return (
    <Page
      title={t('section.models')}
      summary={t('model.summary')}
      actions={<Teach route="listModels" input={{}} cli="mulle models" />}
    >
      <QueryView query={models}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t('model.none')} command="mulle run PIPELINE">
              {t('model.noneHint')}
            </Empty>
          ) : (
            <>
              <FilterBox
                value={q}
                onChange={(value) => void navigate({ search: value === '' ? {} : { q: value }, replace: true })}
              />
              <DataTable
                caption={t('section.models')}
                columns={columns}
                rows={items.filter(({ name }) => matches(name, q))}
                rowKey={({ name }) => name}
              />
            </>
          )
        }
      </QueryView>
    </Page>
  );
}

function useColumns(): Column<Model>[] {
  const { t } = useTranslation();
  const format = useFormat();
  return [
    {
      id: 'name',
      label: t('column.model'),
      cell: ({ name }) => (
        <Link to="/models/$model" params={{ model: name }}>
          {name}
        </Link>
      ),
    },
    { id: 'versions', label: t('model.versions'), numeric: true, cell: ({ versions }) => format.number(versions) },
    {
      id: 'aliases',
      label: t('model.aliases'),
      wide: true,
      cell: ({ name, aliases }) => <Aliases model={name} aliases={aliases} />,
    },
    {
      id: 'metrics',
      label: t('model.latestMetrics'),
      wide: true,
      cell: ({ latest }) =>
        latest === null ? (
          <None />
        ) : (
          Object.entries(latest.metrics)
            .slice(0, 3)
            .map(([name, value]) => `${name} ${format.metric(value)}`)
            .join(' · ')
        ),
    },
    {
      id: 'created',
      label: t('model.latest'),
      numeric: true,
      cell: ({ latest }) => <When atMs={latest?.createdAtMs ?? null} />,
    },
  ];
}
