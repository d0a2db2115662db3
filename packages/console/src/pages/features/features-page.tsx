import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRoute, type Item } from '../../api/use-route.ts';
import { useFormat } from '../../format/use-format.ts';
import type { Column } from '../../parts/table/column.ts';
import { DataTable } from '../../parts/table/data-table.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Page, Section } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Teach } from '../../parts/teach.tsx';

type View = Item<'listFeatureViews'>;
type Service = Item<'listFeatureServices'>;

export function FeaturesPage(): ReactNode {
  const { t } = useTranslation();
  const views = useRoute('listFeatureViews', {});
  const columns: Column<View>[] = [
    {
      id: 'name',
      label: t('feature.view'),
      value: ({ definition }) => definition.name,
      cell: ({ definition }) => definition.name,
    },
    {
      id: 'entity',
      label: t('feature.entity'),
      value: ({ definition }) => definition.entity.join(', '),
      cell: ({ definition }) => definition.entity.join(', '),
    },
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
    {
      id: 'usedBy',
      label: t('feature.usedBy'),
      wide: true,
      value: ({ usedBy }) => usedBy.join(', '),
      cell: ({ usedBy }) => usedBy.join(', '),
    },
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
              <DataTable
                caption={t('feature.views')}
                columns={columns}
                rows={items}
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
    {
      id: 'name',
      label: t('endpoint.featureService'),
      value: ({ definition }) => definition.name,
      cell: ({ definition }) => definition.name,
    },
    {
      id: 'count',
      label: t('section.features'),
      numeric: true,
      value: ({ definition }) => definition.features.length,
      cell: ({ definition }) => format.number(definition.features.length),
    },
    {
      id: 'features',
      label: t('feature.order'),
      wide: true,
      cell: ({ definition }) => definition.features.map(({ name }) => name).join(', '),
    },
    {
      id: 'usedBy',
      label: t('feature.usedBy'),
      value: ({ usedBy }) => usedBy.join(', '),
      cell: ({ usedBy }) => usedBy.join(', '),
    },
  ];
  return (
    <QueryView query={services} rows={2}>
      {({ items }) =>
        items.length > 0 && (
          <Section title={t('feature.services')} aside={items.length}>
            <DataTable
              caption={t('feature.services')}
              name="services"
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
