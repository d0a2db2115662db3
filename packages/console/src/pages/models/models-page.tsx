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
import { Aliases } from './aliases.tsx';

type Model = Item<'listModels'>;

export function ModelsPage(): ReactNode {
  const { t } = useTranslation();
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
            <DataTable caption={t('section.models')} columns={columns} rows={items} rowKey={({ name }) => name} />
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
      value: ({ name }) => name,
      cell: ({ name }) => (
        <Link to="/models/$model" params={{ model: name }}>
          {name}
        </Link>
      ),
    },
    {
      id: 'versions',
      label: t('model.versions'),
      numeric: true,
      value: ({ versions }) => versions,
      cell: ({ versions }) => format.number(versions),
    },
    {
      id: 'aliases',
      label: t('model.aliases'),
      wide: true,
      value: ({ aliases }) => Object.keys(aliases).join(' '),
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
      time: true,
      value: ({ latest }) => latest?.createdAtMs,
      cell: ({ latest }) => <When atMs={latest?.createdAtMs ?? null} />,
    },
  ];
}
