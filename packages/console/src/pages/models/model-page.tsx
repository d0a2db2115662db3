import type { ModelVersion } from '@mulle/contract';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { usePagedRoute, useRoute, type PagedList } from '../../api/use-route.ts';
import { TimeChart } from '../../charts/time-chart.tsx';
import { useFormat } from '../../format/use-format.ts';
import type { Column } from '../../parts/table/column.ts';
import { DataTable } from '../../parts/table/data-table.tsx';
import { Page, Section } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Teach } from '../../parts/teach.tsx';
import { None, When } from '../../parts/when.tsx';
import { AliasNames, Aliases } from './aliases.tsx';
import { ModelCard } from './model-card.tsx';

const route = getRouteApi('/models/$model');

export function ModelPage(): ReactNode {
  const { t } = useTranslation();
  const { model } = route.useParams();
  const input = { params: { model } };
  const summary = useRoute('getModel', input);
  const versions = usePagedRoute('listModelVersions', { ...input, query: { limit: 500 } });
  return (
    <Page
      title={model}
      summary={summary.data && <Aliases model={model} aliases={summary.data.aliases} />}
      actions={<Teach route="listModelVersions" input={input} cli={`mulle models ${model}`} />}
    >
      {summary.data && <ModelCard model={summary.data} />}
      <QueryView query={versions.query}>
        {({ items }) => (
          <>
            {items.length > 1 && <MetricHistory versions={items} />}
            <Section title={t('model.versions')} aside={summary.data?.versions}>
              <Versions versions={items} list={versions} />
            </Section>
          </>
        )}
      </QueryView>
    </Page>
  );
}

/** The metrics that most versions have, the platform's first. */
function metricNames(versions: readonly ModelVersion[]): string[] {
  const names = new Set(versions.flatMap(({ metrics }) => Object.keys(metrics)));
  const first = ['logLoss', 'auc', 'brier'].filter((name) => names.has(name));
  return [...new Set([...first, ...names])].slice(0, 3);
}

function MetricHistory({ versions }: { versions: readonly ModelVersion[] }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const metric = metricNames(versions)[0];
  if (metric === undefined) return null;
  const ordered = [...versions].reverse();
  return (
    <Section title={metric} aside={t('model.byVersion')}>
      <TimeChart
        label={metric}
        timeLabel={t('column.version')}
        steps
        times={ordered.map(({ version }) => version)}
        formatTime={(version) => (Number.isInteger(version) ? `v${version}` : '')}
        series={[{ label: metric, token: 'jjok', values: ordered.map(({ metrics }) => metrics[metric] ?? null) }]}
        formatValue={(value) => format.number(value, 4)}
        height={160}
      />
    </Section>
  );
}

function Versions({ versions, list }: { versions: readonly ModelVersion[]; list: PagedList<ModelVersion> }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const columns: Column<ModelVersion>[] = [
    {
      id: 'version',
      label: t('column.version'),
      value: ({ version }) => version,
      cell: ({ model, version }) => (
        <Link to="/models/$model/versions/$version" params={{ model, version: String(version) }}>
          {model}@{version}
        </Link>
      ),
    },
    {
      id: 'aliases',
      label: t('model.aliases'),
      value: ({ aliases }) => aliases.join(' '),
      cell: ({ aliases }) => <AliasNames names={aliases} />,
    },
    ...metricNames(versions).map((name, index) => ({
      id: name,
      label: name,
      numeric: true,
      wide: index > 0,
      value: ({ metrics }: ModelVersion) => metrics[name],
      cell: ({ metrics }: ModelVersion) => {
        const value = metrics[name];
        return value === undefined ? <None /> : format.metric(value);
      },
    })),
    {
      id: 'dataset',
      label: t('column.dataset'),
      numeric: true,
      wide: true,
      value: ({ lineage: { datasetVersion } }) =>
        datasetVersion && `${datasetVersion.dataset}@${datasetVersion.version}`,
      cell: ({ lineage: { datasetVersion } }) =>
        datasetVersion ? `${datasetVersion.dataset}@${datasetVersion.version}` : <None />,
    },
    {
      id: 'size',
      label: t('column.size'),
      numeric: true,
      wide: true,
      value: ({ artifact }) => artifact.bytes,
      cell: ({ artifact }) => format.bytes(artifact.bytes),
    },
    {
      id: 'created',
      label: t('column.created'),
      numeric: true,
      time: true,
      value: ({ createdAtMs }) => createdAtMs,
      cell: ({ createdAtMs }) => <When atMs={createdAtMs} />,
    },
  ];
  return (
    <DataTable
      caption={t('model.versions')}
      columns={columns}
      rows={versions}
      list={list}
      timeColumn="created"
      rowKey={({ version }) => String(version)}
    />
  );
}
