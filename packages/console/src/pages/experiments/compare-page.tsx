import type { Run } from '@mulle/contract';
import { useQueries } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { control } from '../../api/control.ts';
import { useRoute } from '../../api/use-route.ts';
import { useFormat } from '../../format/use-format.ts';
import { Empty } from '../../parts/empty.tsx';
import { Page, Section } from '../../parts/page.tsx';
import { Problem } from '../../parts/problem.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import type { Column } from '../../parts/table/column.ts';
import { DataTable } from '../../parts/table/data-table.tsx';
import { None, Took } from '../../parts/when.tsx';
import { differingParameters } from './differing-parameters.ts';
import styles from './experiments.module.css';
import { axisOf, CurveControls, curvesAtMost, MetricCurves } from './metric-curves.tsx';
import { ParallelCoordinates } from './parallel-coordinates.tsx';

const route = getRouteApi('/compare');

/** Runs side by side: what was set differently, what came of it, and how it went. */
export function ComparePage(): ReactNode {
  const { t } = useTranslation();
  const { runs: ids = '' } = route.useSearch();
  const runIds = ids.split(',').filter((id) => id !== '');
  const queries = useQueries({
    queries: runIds.map((id) => ({
      queryKey: ['getRun', { params: { id } }],
      queryFn: ({ signal }: { signal: AbortSignal }) => control().call('getRun', { params: { id } }, { signal }),
    })),
  });
  const failed = queries.find(({ error }) => error !== null)?.error;
  const found = queries.flatMap(({ data }) => (data === undefined ? [] : [data]));
  return (
    <Page title={t('run.compareCount', { count: runIds.length })}>
      {failed && <Problem error={failed} />}
      {runIds.length === 0 ? (
        <Empty title={t('run.compareNone')}>{t('run.compareNoneHint')}</Empty>
      ) : (
        found.length === runIds.length && <Comparison runs={found} />
      )}
    </Page>
  );
}

function Comparison({ runs }: { runs: readonly Run[] }): ReactNode {
  const { t } = useTranslation();
  const differing = differingParameters(runs);
  return (
    <>
      <Leaderboard runs={runs} differing={differing} />
      {runs.length > 1 && (
        <Section title={t('run.parallel')}>
          <p className={styles['soft']}>{t('run.parallelHint')}</p>
          <ParallelCoordinates runs={runs} parameters={differing} />
        </Section>
      )}
      <Curves runs={runs} />
    </>
  );
}

/** Runs by any metric, with the parameters that differ beside them. */
function Leaderboard({ runs, differing }: { runs: readonly Run[]; differing: readonly string[] }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const metrics = [...new Set(runs.flatMap((run) => Object.keys(run.metrics)))];
  const columns: Column<Run>[] = [
    {
      id: 'run',
      label: t('model.run'),
      value: ({ name, id }) => name || id,
      cell: ({ name, id }) => (
        <Link to="/runs/$id" params={{ id }}>
          {name || id}
        </Link>
      ),
    },
    ...metrics.map((name, index): Column<Run> => ({
      id: name,
      label: name,
      numeric: true,
      wide: index > 1,
      extra: index > 5,
      value: (run) => run.metrics[name],
      cell: (run) => {
        const value = run.metrics[name];
        return value === undefined ? <None /> : format.metric(value);
      },
    })),
    ...differing.map((name): Column<Run> => ({
      id: `parameters.${name}`,
      label: name,
      wide: true,
      value: (run) => run.parameters[name],
      cell: (run) => run.parameters[name] ?? <None />,
    })),
    {
      id: 'took',
      label: t('column.took'),
      numeric: true,
      wide: true,
      cell: ({ startedAtMs, endedAtMs }) => <Took fromMs={startedAtMs} toMs={endedAtMs} />,
    },
  ];
  return (
    <Section title={t('run.leaderboard')} aside={differing.length === 0 ? t('run.allSame') : undefined}>
      <DataTable caption={t('run.leaderboard')} columns={columns} rows={runs} rowKey={({ id }) => id} />
    </Section>
  );
}

function Curves({ runs }: { runs: readonly Run[] }): ReactNode {
  const { t } = useTranslation();
  const { axis, smooth } = route.useSearch();
  const navigate = route.useNavigate();
  const shown = runs.slice(0, curvesAtMost);
  const body = { runIds: shown.map(({ id }) => id), entries: 400 };
  const curves = useRoute('getMetricSeries', { body });
  const weight = Math.min(0.99, Math.max(0, Number(smooth ?? 0) || 0));
  const nameOf = (id: string): string => shown.find((run) => run.id === id)?.name || id;
  return (
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
            {[...Map.groupBy(series, ({ key }) => key)]
              .filter(([, each]) => each.some(({ points }) => points > 1))
              .map(([key, each]) => (
                <MetricCurves
                  key={key}
                  metric={key}
                  series={each}
                  nameOf={nameOf}
                  axis={axisOf(axis)}
                  smooth={weight}
                />
              ))}
          </div>
        )}
      </QueryView>
    </Section>
  );
}
