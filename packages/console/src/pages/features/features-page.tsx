import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRoute, type Item } from '../../api/use-route.ts';
import { matches } from '../../format/initial-consonants.ts';
import { useFormat } from '../../format/use-format.ts';
import { DataTable, type Column } from '../../parts/data-table.tsx';
import { Empty } from '../../parts/empty.tsx';
import { FilterBox } from '../../parts/filter-box.tsx';
import { Page, Section } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Teach } from '../../parts/teach.tsx';

const route = getRouteApi('/features');
type View = Item<'listFeatureViews'>;
type Service = Item<'listFeatureServices'>;

export function FeaturesPage(): ReactNode {
  const { t } = useTranslation();
  const { q = '' } = route.useSearch();
  const navigate = route.useNavigate();
  const views = useRoute('listFeatureViews', {});
  const columns: Column<View>[] = [
    { id: 'name', label: t('feature.view'), cell: ({ definition }) => definition.name },
    { id: 'entity', label: t('feature.entity'), cell: ({ definition }) => definition.entity.join(', ') },
    {
      id: 'aggregates',
      label: t('feature.aggregates'),
      wide: true,
      cell: ({ definition }) => definition.aggregates.map(({ name, window }) => `${name} (${window})`).join(', '),
    },
    {
      id: 'dataset',
      label: t('column.dataset'),
      cell: ({ definition: { dataset: name } }) => (
        <Link to="/data/$name" params={{ name }}>
          {name}
        </Link>
      ),
    },
    { id: 'owner', label: t('feature.owner'), wide: true, cell: ({ definition }) => definition.owner ?? '–' },
    { id: 'usedBy', label: t('feature.usedBy'), wide: true, cell: ({ usedBy }) => usedBy.join(', ') },
  ];
  return (
    <Page
      title={t('section.features')}
      summary={t('feature.summary')}
      actions={<Teach route="listFeatureViews" input={{}} />}
    >
      <QueryView query={views}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t('feature.none')} command="mulle apply">
              {t('feature.noneHint')}
            </Empty>
          ) : (
            <Section title={t('feature.views')} aside={items.length}>
              <FilterBox
                value={q}
                onChange={(value) => void navigate({ search: value === '' ? {} : { q: value }, replace: true })}
              />
              <DataTable
                caption={t('feature.views')}
                columns={columns}
                rows={items.filter(({ definition }) =>
                  matches(`${definition.name} ${definition.description ?? ''}`, q),
                )}
                rowKey={({ definition }) => definition.name}
              />
            </Section>
          )
        }
      </QueryView>
      <Services />
    </Page>
  );
}

function Services(): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const services = useRoute('listFeatureServices', {});
  const columns: Column<Service>[] = [
    { id: 'name', label: t('endpoint.featureService'), cell: ({ definition }) => definition.name },
    {
      id: 'count',
      label: t('section.features'),
      numeric: true,
      cell: ({ definition }) => format.number(definition.features.length),
    },
    {
      id: 'features',
      label: t('feature.order'),
      wide: true,
      cell: ({ definition }) => definition.features.map(({ name }) => name).join(', '),
    },
    { id: 'usedBy', label: t('feature.usedBy'), cell: ({ usedBy }) => usedBy.join(', ') },
  ];
  return (
    <QueryView query={services} rows={2}>
      {({ items }) =>
        items.length > 0 && (
          <Section title={t('feature.services')} aside={items.length}>
            <DataTable
              caption={t('feature.services')}
              columns={columns}
              rows={items}
              rowKey={({ definition }) => definition.name}
            />
          </Section>
        )
      }
    </QueryView>
  );
}
