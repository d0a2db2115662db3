import type { Run } from '@mulle/contract';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { usePagedRoute, useRoute } from '../../api/use-route.ts';
import type { Format } from '../../format/format.ts';
import { useFormat } from '../../format/use-format.ts';
import { Choice } from '../../parts/choice.tsx';
import { tookMs, type Column } from '../../parts/table/column.ts';
import { DataTable } from '../../parts/table/data-table.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Page } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Status } from '../../parts/status.tsx';
import { Teach } from '../../parts/teach.tsx';
import { None, Took, When } from '../../parts/when.tsx';

import styles from './experiments.module.css';

const route = getRouteApi('/experiments');

export function ExperimentsPage(): ReactNode {
  const { t } = useTranslation();
  const { experiment, compare = '' } = route.useSearch();
  const navigate = route.useNavigate();
  const experiments = useRoute('listExperiments', {});
  const input = { query: { limit: 500, ...(experiment === undefined ? {} : { experiment }) } };
  const runs = usePagedRoute('listRuns', input);
  const chosen = compare.split(',').filter((id) => id !== '');
  const pick = (id: string): void => {
    const next = chosen.includes(id) ? chosen.filter((each) => each !== id) : [...chosen, id];
    void navigate({
      search: (before) => ({ ...before, compare: next.join(',') || undefined }),
      replace: true,
      resetScroll: false,
    });
  };
  const columns = useRunColumns(runs.query.data?.items ?? [], chosen, pick);
  return (
    <Page
      title={t('section.experiments')}
      summary={t('experiment.summary')}
      actions={
        <>
          <Teach route="listRuns" input={input} />
          {chosen.length > 0 && (
            <Link to="/compare" search={{ runs: chosen.join(',') }}>
              {t('run.compareCount', { count: chosen.length })}
            </Link>
          )}
        </>
      }
    >
      {(experiments.data?.items.length ?? 0) > 1 && (
        <Choice
          label={t('experiment.experiment')}
          value={experiment ?? ''}
          options={[['', t('action.all')], ...(experiments.data?.items ?? []).map(({ name }) => [name, name] as const)]}
          onChange={(name) => void navigate({ search: name === '' ? {} : { experiment: name } })}
        />
      )}
      <QueryView query={runs.query}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t('experiment.none')} command="mulle run PIPELINE">
              {t('experiment.noneHint')}
            </Empty>
          ) : (
            <>
              <DataTable
                caption={t('section.experiments')}
                columns={columns}
                rows={items}
                list={runs}
                timeColumn="started"
                rowKey={({ id }) => id}
              />
            </>
          )
        }
      </QueryView>
    </Page>
  );
}

function pickColumn(t: TFunction, chosen: readonly string[], pick: (id: string) => void): Column<Run> {
  return {
    id: 'compare',
    label: t('run.compare'),
    wide: true,
    cell: ({ id, name }) => (
      <input
        type="checkbox"
        className={styles['pick']}
        aria-label={t('run.pick', { name: name || id })}
        checked={chosen.includes(id)}
        onChange={() => pick(id)}
      />
    ),
  };
}

function useRunColumns(runs: readonly Run[], chosen: readonly string[], pick: (id: string) => void): Column<Run>[] {
  const { t } = useTranslation();
  const format = useFormat();
  const named = namedColumns(runs, format);
  return [
    {
      id: 'run',
      label: t('model.run'),
      value: ({ id, name }) => `${name} ${id}`,
      cell: ({ id, name }) => (
        <Link to="/runs/$id" params={{ id }}>
          {name || id}
        </Link>
      ),
    },
    pickColumn(t, chosen, pick),
    {
      id: 'state',
      label: t('column.state'),
      value: ({ status }) => status,
      cell: ({ status }) => <Status state={status} />,
    },
    {
      id: 'experiment',
      label: t('experiment.experiment'),
      wide: true,
      value: ({ experiment }) => experiment,
      cell: ({ experiment }) => experiment,
    },
    ...named.metrics,
    {
      id: 'took',
      label: t('column.took'),
      numeric: true,
      wide: true,
      value: ({ startedAtMs, endedAtMs }) => tookMs(startedAtMs, endedAtMs),
      cell: ({ startedAtMs, endedAtMs }) => <Took fromMs={startedAtMs} toMs={endedAtMs} />,
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
    ...named.others,
  ];
}

/** Metrics shown without being chosen. */
const metricsShown = 3;

/** A column for each metric, parameter and tag that the runs have; most are left out until chosen. */
function namedColumns(runs: readonly Run[], format: Format): { metrics: Column<Run>[]; others: Column<Run>[] } {
  const namesOf = (part: 'metrics' | 'parameters' | 'tags'): string[] => [
    ...new Set(runs.flatMap((run) => Object.keys(run[part]))),
  ];
  const metrics = namesOf('metrics').map((name, index): Column<Run> => ({
    id: name,
    label: name,
    numeric: true,
    wide: index > 0,
    extra: index >= metricsShown,
    value: (run) => run.metrics[name],
    cell: (run) => {
      const value = run.metrics[name];
      return value === undefined ? <None /> : format.metric(value);
    },
  }));
  const others = (['parameters', 'tags'] as const).flatMap((part) =>
    namesOf(part).map((name): Column<Run> => ({
      id: `${part}.${name}`,
      label: name,
      extra: true,
      value: (run) => run[part][name],
      cell: (run) => run[part][name] ?? <None />,
    })),
  );
  return { metrics, others };
}
