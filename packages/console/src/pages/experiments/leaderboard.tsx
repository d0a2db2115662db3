import type { Run, RunOrder } from '@mulle/contract';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRoute } from '../../api/use-route.ts';
import { useFormat } from '../../format/use-format.ts';
import { Choice } from '../../parts/choice.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import type { Column } from '../../parts/table/column.ts';
import { DataTable } from '../../parts/table/data-table.tsx';
import { None, When } from '../../parts/when.tsx';
import { differingParameters } from './differing-parameters.ts';
import styles from './experiments.module.css';

const route = getRouteApi('/experiments');
const places = 50;
const parametersShown = 4;

interface Within {
  readonly experimentIds?: string[];
  readonly filter?: string;
}

/** Whether a small value of a metric is a good one, going by its name; whoever reads can turn it. */
const lowIsGood = (metric: string): boolean =>
  /loss|error|mse|mae|brier|perplexity|latency|deviation|seconds|cost/i.test(metric);

/** The best runs by one metric, among those that the filter holds for. */
export function Leaderboard({ within }: { within: Within }): ReactNode {
  const { t } = useTranslation();
  const { best } = route.useSearch();
  const navigate = route.useNavigate();
  const scope = { ...(within.experimentIds && { experimentIds: within.experimentIds }) };
  const [sample] = useState({ limit: 200 });
  const seen = useRoute('searchRuns', { body: { ...scope, ...sample } });
  const names = [...new Set((seen.data?.items ?? []).flatMap(({ metrics }) => Object.keys(metrics)))]
    .filter((name) => !name.startsWith('system/'))
    .sort();
  const wanted = best?.replace(/^-/, '');
  const metric = names.find((name) => name === wanted) ?? names[0];
  if (seen.data !== undefined && metric === undefined) return <p className={styles['soft']}>{t('run.noMetrics')}</p>;
  if (metric === undefined) return <QueryView query={seen}>{() => null}</QueryView>;
  const descending = metric === wanted ? best?.startsWith('-') === true : !lowIsGood(metric);
  const choose = (name: string, down: boolean): void =>
    void navigate({
      search: (before) => ({ ...before, best: `${down ? '-' : ''}${name}` }),
      replace: true,
      resetScroll: false,
    });
  return (
    <>
      <div className={styles['controls']}>
        <label className={styles['choose']}>
          <span>{t('experiment.metric')}</span>
          <select value={metric} onChange={({ target }) => choose(target.value, !lowIsGood(target.value))}>
            {names.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <Choice
          label={t('experiment.bestIs')}
          value={descending ? 'high' : 'low'}
          options={[
            ['high', t('experiment.bestOf.high')],
            ['low', t('experiment.bestOf.low')],
          ]}
          onChange={(value) => choose(metric, value === 'high')}
        />
      </div>
      <Places key={metric} metric={metric} descending={descending} within={within} />
    </>
  );
}

interface PlacesProps {
  metric: string;
  descending: boolean;
  within: Within;
}

function Places({ metric, descending, within }: PlacesProps): ReactNode {
  const { t } = useTranslation();
  const has = `metrics.\`${metric.replaceAll('`', '')}\` IS NOT NULL`;
  const order: RunOrder[] = [{ by: 'metric', key: metric, descending }];
  const body = {
    ...(within.experimentIds && { experimentIds: within.experimentIds }),
    filter: within.filter === undefined ? has : `${has} AND ${within.filter}`,
    order,
    limit: places,
  };
  const runs = useRoute('searchRuns', { body });
  return (
    <QueryView query={runs}>
      {({ items }) => <PlaceTable caption={`${t('experiment.viewOf.best')}: ${metric}`} metric={metric} runs={items} />}
    </QueryView>
  );
}

function PlaceTable({ caption, metric, runs }: { caption: string; metric: string; runs: readonly Run[] }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const values = runs.map((run) => run.metrics[metric] ?? 0);
  const [least, greatest] = [Math.min(...values), Math.max(...values)];
  const place = new Map(runs.map(({ id }, index) => [id, index + 1]));
  const columns: Column<Run>[] = [
    {
      id: 'run',
      label: t('model.run'),
      value: ({ id, name }) => name || id,
      cell: ({ id, name }) => (
        <span className={styles['place']}>
          <b>{place.get(id)}</b>
          <Link to="/runs/$id" params={{ id }}>
            {name || id}
          </Link>
        </span>
      ),
    },
    {
      id: metric,
      label: metric,
      numeric: true,
      value: (run) => run.metrics[metric],
      cell: (run) => format.metric(run.metrics[metric] ?? Number.NaN),
    },
    {
      id: 'scale',
      label: t('experiment.scale'),
      wide: true,
      cell: (run) => (
        <span className={styles['scale']} aria-hidden>
          <i
            style={{
              left: `${greatest === least ? 50 : (100 * ((run.metrics[metric] ?? least) - least)) / (greatest - least)}%`,
            }}
          />
        </span>
      ),
    },
    ...differingParameters(runs).map((name, index): Column<Run> => ({
      id: `parameters.${name}`,
      label: name,
      wide: true,
      extra: index >= parametersShown,
      value: (run) => run.parameters[name],
      cell: (run) => run.parameters[name] ?? <None />,
    })),
    {
      id: 'experiment',
      label: t('experiment.experiment'),
      wide: true,
      value: ({ experiment }) => experiment,
      cell: ({ experiment }) => experiment,
    },
    {
      id: 'started',
      label: t('column.started'),
      numeric: true,
      wide: true,
      time: true,
      value: ({ startedAtMs }) => startedAtMs,
      cell: ({ startedAtMs }) => <When atMs={startedAtMs} />,
    },
  ];
  return <DataTable caption={caption} name="best" columns={columns} rows={runs} rowKey={({ id }) => id} />;
}
