import type { Run } from '@mulle/contract';
import { Link } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Format } from '../../format/format.ts';
import { useFormat } from '../../format/use-format.ts';
import { Status } from '../../parts/status.tsx';
import { tookMs, type Column } from '../../parts/table/column.ts';
import { None, Took, When } from '../../parts/when.tsx';
import styles from './experiments.module.css';
import { isRunColumn } from './run-search.ts';

interface Picking {
  readonly chosen: readonly string[];
  readonly pick: (id: string) => void;
}

/** Columns of a table of runs: what each run has, and one for each metric, parameter and tag of any. */
export function useRunColumns(runs: readonly Run[], { chosen, pick }: Picking): Column<Run>[] {
  const { t } = useTranslation();
  const format = useFormat();
  const logged = useMemo(() => loggedColumns(runs, format), [runs, format]);
  return [
    {
      id: 'run',
      label: t('model.run'),
      value: ({ id, name }) => name || id,
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
      narrow: true,
      value: ({ status }) => status,
      cell: ({ status }) => <Status state={status} />,
    },
    {
      id: 'experiment',
      label: t('experiment.experiment'),
      wide: true,
      unordered: true,
      value: ({ experiment }) => experiment,
      cell: ({ experiment }) => experiment,
    },
    ...logged.metrics,
    {
      id: 'took',
      label: t('column.took'),
      numeric: true,
      wide: true,
      unordered: true,
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
    ...extraColumns(t),
    ...logged.others,
  ];
}

function pickColumn(t: TFunction, chosen: readonly string[], pick: (id: string) => void): Column<Run> {
  return {
    id: 'compare',
    label: t('run.compare'),
    wide: true,
    narrow: true,
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

function extraColumns(t: TFunction): Column<Run>[] {
  return [
    { id: 'id', label: 'ID', extra: true, value: ({ id }) => id, cell: ({ id }) => <code>{id}</code> },
    { id: 'user', label: t('column.by'), extra: true, value: ({ user }) => user, cell: ({ user }) => user || <None /> },
    {
      id: 'ended',
      label: t('run.ended'),
      extra: true,
      numeric: true,
      time: true,
      value: ({ endedAtMs }) => endedAtMs,
      cell: ({ endedAtMs }) => <When atMs={endedAtMs} />,
    },
    {
      id: 'parent',
      label: t('run.parent'),
      extra: true,
      unordered: true,
      value: ({ parentId }) => parentId,
      cell: ({ parentId }) =>
        parentId === null ? (
          <None />
        ) : (
          <Link to="/runs/$id" params={{ id: parentId }}>
            {parentId}
          </Link>
        ),
    },
  ];
}

/** Metrics shown without being chosen. */
const metricsShown = 3;
const isInner = (name: string): boolean => /^(mlflow\.|system\/)/.test(name);

function loggedColumns(runs: readonly Run[], format: Format): { metrics: Column<Run>[]; others: Column<Run>[] } {
  const namesOf = (part: 'metrics' | 'parameters' | 'tags'): string[] => [
    ...new Set(runs.flatMap((run) => Object.keys(run[part]))),
  ];
  // What people logged comes before what tools log by themselves.
  const metricNames = namesOf('metrics').sort((a, b) => Number(isInner(a)) - Number(isInner(b)));
  const metrics = metricNames.map((name, index): Column<Run> => ({
    id: isRunColumn(name) ? `metrics.${name}` : name,
    label: name,
    numeric: true,
    wide: index > 0,
    extra: index >= metricsShown || isInner(name),
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
