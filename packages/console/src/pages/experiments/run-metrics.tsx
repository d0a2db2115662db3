import type { Run } from '@mulle/contract';
import { getRouteApi } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRoute, type Item } from '../../api/use-route.ts';
import { useFormat } from '../../format/use-format.ts';
import { Section } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import type { Column } from '../../parts/table/column.ts';
import { DataTable } from '../../parts/table/data-table.tsx';
import { None } from '../../parts/when.tsx';
import styles from './experiments.module.css';
import { axisOf, CurveControls, MetricCurves, type CurveAxis } from './metric-curves.tsx';

const route = getRouteApi('/runs/$id');
/** As MLflow's clients name what they measure of the machine. */
const isSystem = ({ key }: { key: string }): boolean => key.startsWith('system/');
const entries = 600;
const keysAtMost = 200;

type Metric = Item<'listRunMetrics'>;

/** What a run measured: last values, curves, and how its machine fared. */
export function RunMetrics({ run }: { run: Run }): ReactNode {
  const { t } = useTranslation();
  const { axis, smooth } = route.useSearch();
  const navigate = route.useNavigate();
  const metrics = useRoute('listRunMetrics', { params: { id: run.id } });
  const all = metrics.data?.items ?? [];
  const drawn = all.filter(({ points }) => points > 1);
  const curves = drawn.filter((metric) => !isSystem(metric));
  const system = drawn.filter(isSystem);
  const weight = Math.min(0.99, Math.max(0, Number(smooth ?? 0) || 0));
  return (
    <>
      <Section title={t('run.metrics')}>
        <QueryView query={metrics} rows={3}>
          {({ items }) =>
            items.length === 0 ? (
              <p className={styles['soft']}>{t('run.noMetrics')}</p>
            ) : (
              <MetricTable metrics={items.filter((metric) => !isSystem(metric))} />
            )
          }
        </QueryView>
      </Section>
      {curves.length > 0 && (
        <Section title={t('experiment.curve')}>
          <CurveControls
            axis={axisOf(axis)}
            smooth={weight}
            onChange={(changed) =>
              void navigate({ search: (before) => ({ ...before, ...changed }), replace: true, resetScroll: false })
            }
          />
          <Curves runId={run.id} metrics={curves} axis={axisOf(axis)} smooth={weight} />
        </Section>
      )}
      {system.length > 0 && (
        <Section title={t('run.system')} aside={t('run.systemHint')}>
          <Curves runId={run.id} metrics={system} axis="time" smooth={0} />
        </Section>
      )}
    </>
  );
}

interface CurvesProps {
  runId: string;
  metrics: readonly Metric[];
  axis: CurveAxis;
  smooth: number;
}

function Curves({ runId, metrics, axis, smooth }: CurvesProps): ReactNode {
  const body = { runIds: [runId], keys: metrics.slice(0, keysAtMost).map(({ key }) => key), entries };
  const curves = useRoute('getMetricSeries', { body });
  return (
    <QueryView query={curves}>
      {({ series }) => (
        <div className={styles['curves']}>
          {series.map((each) => (
            <MetricCurves
              key={each.key}
              metric={each.key.replace(/^system\//, '')}
              series={[each]}
              nameOf={() => each.key}
              axis={axis}
              smooth={smooth}
            />
          ))}
        </div>
      )}
    </QueryView>
  );
}

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
