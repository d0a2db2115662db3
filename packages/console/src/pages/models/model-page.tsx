import type { ModelVersion } from '@mulle/contract';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { usePagedRoute, useRoute } from '../../api/use-route.ts';
import { TimeChart } from '../../charts/time-chart.tsx';
import { useFormat } from '../../format/use-format.ts';
import { DataTable, MoreRows, type Column } from '../../parts/data-table.tsx';
import { Page, Section } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Teach } from '../../parts/teach.tsx';
import { None, When } from '../../parts/when.tsx';
import { AliasNames, Aliases } from './aliases.tsx';

const route = getRouteApi('/models/$model');

export function ModelPage(): ReactNode {
  const { t } = useTranslation();
  const { model } = route.useParams();
  const input = { params: { model } };
  const summary = useRoute('getModel', input);
  const versions = usePagedRoute('listModelVersions', input);
  return (
    <Page
      title={model}
      summary={summary.data && <Aliases model={model} aliases={summary.data.aliases} />}
      actions={<Teach route="listModelVersions" input={input} cli={`mulle models ${model}`} />}
    >
      <QueryView query={versions.query}>
        {({ items }) => (
          <>
            {items.length > 1 && <MetricHistory versions={items} />}
            <Section title={t('model.versions')} aside={summary.data?.versions}>
              <Versions versions={items} />
              <MoreRows list={versions} />
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

function Versions({ versions }: { versions: readonly ModelVersion[] }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const columns: Column<ModelVersion>[] = [
    {
      id: 'version',
      label: t('column.version'),
      cell: ({ model, version }) => (
        <Link to="/models/$model/versions/$version" params={{ model, version: String(version) }}>
          {model}@{version}
        </Link>
      ),
    },
    { id: 'aliases', label: t('model.aliases'), cell: ({ aliases }) => <AliasNames names={aliases} /> },
    ...metricNames(versions).map((name, index) => ({
      id: name,
      label: name,
      numeric: true,
      wide: index > 0,
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
      cell: ({ lineage: { datasetVersion } }) =>
        datasetVersion ? `${datasetVersion.dataset}@${datasetVersion.version}` : <None />,
    },
    {
      id: 'size',
      label: t('column.size'),
      numeric: true,
      wide: true,
      cell: ({ artifact }) => format.bytes(artifact.bytes),
    },
    {
      id: 'created',
      label: t('column.created'),
      numeric: true,
      cell: ({ createdAtMs }) => <When atMs={createdAtMs} />,
    },
  ];
  return (
    <DataTable
      caption={t('model.versions')}
      columns={columns}
      rows={versions}
      rowKey={({ version }) => String(version)}
    />
  );
}
