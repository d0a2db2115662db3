import type { Run } from '@mulle/contract';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRoute, type Item } from '../../api/use-route.ts';
import { useFormat } from '../../format/use-format.ts';
import { Facts } from '../../parts/facts.tsx';
import { Columns, Page, Section } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { ShortId } from '../../parts/short-id.tsx';
import { Status } from '../../parts/status.tsx';
import type { Column } from '../../parts/table/column.ts';
import { DataTable } from '../../parts/table/data-table.tsx';
import { Teach } from '../../parts/teach.tsx';
import { None, Took, When } from '../../parts/when.tsx';
import { Artifacts } from './artifacts.tsx';
import styles from './experiments.module.css';
import { axisOf, CurveControls, MetricCurves } from './metric-curves.tsx';

const route = getRouteApi('/runs/$id');

export function RunPage(): ReactNode {
  const { id } = route.useParams();
  const input = { params: { id } };
  const run = useRoute('getRun', input);
  return (
    <Page
      title={run.data?.name || id}
      summary={
        run.data && (
          <>
            <Status state={run.data.status} />
            <Link to="/experiments" search={{ experiment: run.data.experiment }}>
              {run.data.experiment}
            </Link>
            <ShortId id={id} length={24} />
            <Took fromMs={run.data.startedAtMs} toMs={run.data.endedAtMs} />
            <When atMs={run.data.startedAtMs} />
          </>
        )
      }
      actions={<Teach route="getRun" input={input} />}
    >
      <QueryView query={run}>{(data) => <RunBody run={data} />}</QueryView>
    </Page>
  );
}

/** Of MLflow's tags that say where a run came from. */
const origins = ['mlflow.source.name', 'mlflow.source.git.commit', 'mlflow.source.type', 'mlflow.user'] as const;
const note = 'mlflow.note.content';

function RunBody({ run }: { run: Run }): ReactNode {
  const { t } = useTranslation();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const tags = Object.entries(run.tags).filter(([name]) => !name.startsWith('mlflow.'));
  return (
    <>
      {run.tags[note] !== undefined && <p className={styles['note']}>{run.tags[note]}</p>}
      <RunMetrics run={run} />
      <Columns>
        <Section title={t('model.parameters')} aside={Object.keys(run.parameters).length}>
          {Object.keys(run.parameters).length === 0 ? (
            <p className={styles['soft']}>{t('run.noParameters')}</p>
          ) : (
            <Facts items={Object.entries(run.parameters)} />
          )}
        </Section>
        <Section title={t('release.record')}>
          <Facts
            items={[
              [t('column.by'), run.user || <None key="user" />],
              ...origins.flatMap((name) => {
                const value = run.tags[name];
                return value === undefined ? [] : [[name.replace('mlflow.', ''), value] as const];
              }),
              ...tags,
              ...(run.parentId === null
                ? []
                : [
                    [
                      t('run.parent'),
                      <Link key="parent" to="/runs/$id" params={{ id: run.parentId }}>
                        {run.parentId}
                      </Link>,
                    ] as const,
                  ]),
              [
                t('column.cause'),
                run.causeId === null ? <None key="cause" /> : <ShortId key="cause" id={run.causeId} length={24} />,
              ],
            ]}
          />
        </Section>
      </Columns>
      <RunSources runId={run.id} />
      <Section title={t('run.artifacts')}>
        <Artifacts
          runId={run.id}
          path={search.path ?? ''}
          file={search.file}
          onOpen={(place) =>
            void navigate({ search: (before) => ({ ...before, ...place }), replace: true, resetScroll: false })
          }
        />
      </Section>
    </>
  );
}

function RunMetrics({ run }: { run: Run }): ReactNode {
  const { t } = useTranslation();
  const { axis, smooth } = route.useSearch();
  const navigate = route.useNavigate();
  const live = run.status === 'running' ? 3_000 : false;
  const metrics = useRoute('listRunMetrics', { params: { id: run.id } }, { refetchInterval: live });
  const drawn = (metrics.data?.items ?? []).filter(({ points }) => points > 1).map(({ key }) => key);
  const body = { runIds: [run.id], keys: drawn.slice(0, 200), entries: 600 };
  const curves = useRoute('getMetricSeries', { body }, { enabled: drawn.length > 0, refetchInterval: live });
  const weight = Math.min(0.99, Math.max(0, Number(smooth ?? 0) || 0));
  return (
    <>
      <Section title={t('run.metrics')}>
        <QueryView query={metrics} rows={3}>
          {({ items }) =>
            items.length === 0 ? (
              <p className={styles['soft']}>{t('run.noMetrics')}</p>
            ) : (
              <MetricTable metrics={items} />
            )
          }
        </QueryView>
      </Section>
      {drawn.length > 0 && (
        <Section title={t('experiment.curve')}>
          <CurveControls
            axis={axisOf(axis)}
            smooth={weight}
            onChange={(changed) =>
              void navigate({ search: (before) => ({ ...before, ...changed }), replace: true, resetScroll: false })
            }
          />
          <QueryView query={curves}>
            {({ series }) => (
              <div className={styles['curves']}>
                {series.map((each) => (
                  <MetricCurves
                    key={each.key}
                    metric={each.key}
                    series={[each]}
                    nameOf={() => each.key}
                    axis={axisOf(axis)}
                    smooth={weight}
                  />
                ))}
              </div>
            )}
          </QueryView>
        </Section>
      )}
    </>
  );
}

type Metric = Item<'listRunMetrics'>;

function MetricTable({ metrics }: { metrics: readonly Metric[] }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const number = (id: 'last' | 'min' | 'max', label: string, wide: boolean): Column<Metric> => ({
    id,
    label,
    numeric: true,
    wide,
    value: (metric) => metric[id],
    cell: (metric) => {
      const value = metric[id];
      return value === null ? <None /> : format.metric(value);
    },
  });
  const columns: Column<Metric>[] = [
    { id: 'key', label: t('experiment.metric'), value: ({ key }) => key, cell: ({ key }) => key },
    number('last', t('run.last'), false),
    number('min', t('run.min'), true),
    number('max', t('run.max'), true),
    {
      id: 'points',
      label: t('run.points'),
      numeric: true,
      value: ({ points }) => points,
      cell: ({ points }) => format.number(points),
    },
  ];
  return (
    <DataTable caption={t('run.metrics')} name="metrics" columns={columns} rows={metrics} rowKey={({ key }) => key} />
  );
}

/** Datasets that a run read, as its client named them. */
function RunSources({ runId }: { runId: string }): ReactNode {
  const { t } = useTranslation();
  const inputs = useRoute('getRunInputs', { params: { id: runId } });
  const datasets = inputs.data?.datasets ?? [];
  if (datasets.length === 0) return null;
  return (
    <Section title={t('run.datasets')}>
      <Facts
        items={datasets.map(({ name, digest, context, source }) => [
          context === null ? name : `${name} · ${context}`,
          <span key={digest}>
            <ShortId id={digest} /> {source.length > 200 ? `${source.slice(0, 200)}…` : source}
          </span>,
        ])}
      />
    </Section>
  );
}
