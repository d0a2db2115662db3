import type { PipelineRun, TaskRun } from '@mulle/contract';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat, useNowMs } from '../../format/use-format.ts';
import { tookMs, type Column } from '../../parts/table/column.ts';
import { DataTable } from '../../parts/table/data-table.tsx';
import { Status } from '../../parts/status.tsx';
import { None, Took } from '../../parts/when.tsx';
import styles from './task-table.module.css';

/** Tasks with their time as bars over the time of the run (a Gantt chart), and what went wrong. */
export function TaskTable({ run }: { run: PipelineRun }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const columns: Column<TaskRun>[] = [
    {
      id: 'task',
      label: t('pipeline.task'),
      cell: ({ name, error }) => (
        <>
          {name}
          {error && (
            <p className={styles['error']}>
              <code>{error.code}</code> {error.message}
            </p>
          )}
        </>
      ),
    },
    {
      id: 'kind',
      label: t('column.kind'),
      wide: true,
      cell: ({ kind }) => <span className={styles['soft']}>{kind}</span>,
    },
    {
      id: 'state',
      label: t('column.state'),
      cell: (task) => (
        <>
          <Status state={task.state === 'waiting' ? 'ready' : task.state}>{t(`task.${task.state}`)}</Status>
          {task.progress !== null && task.state === 'running' && (
            <span className={styles['soft']}> {format.share(task.progress, 0)}</span>
          )}
          {task.cached && <span className={styles['soft']}> {t('pipeline.cached')}</span>}
        </>
      ),
    },
    {
      id: 'attempt',
      label: t('pipeline.attempt'),
      numeric: true,
      wide: true,
      cell: ({ attempt }) => (attempt === 0 ? <None /> : format.number(attempt)),
    },
    { id: 'time', label: t('pipeline.when'), wide: true, cell: (task) => <Bar task={task} run={run} /> },
    {
      id: 'took',
      label: t('column.took'),
      numeric: true,
      value: ({ startedAtMs, endedAtMs }) => tookMs(startedAtMs, endedAtMs),
      cell: ({ startedAtMs, endedAtMs }) => <Took fromMs={startedAtMs} toMs={endedAtMs} />,
    },
  ];
  return <DataTable caption={t('pipeline.tasks')} columns={columns} rows={run.tasks} rowKey={({ name }) => name} />;
}

function Bar({ task, run }: { task: TaskRun; run: PipelineRun }): ReactNode {
  const nowMs = useNowMs();
  const whole = Math.max(1, (run.endedAtMs ?? nowMs) - run.createdAtMs);
  if (task.startedAtMs === null) return <span className={styles['bar']} />;
  const from = (task.startedAtMs - run.createdAtMs) / whole;
  const length = ((task.endedAtMs ?? nowMs) - task.startedAtMs) / whole;
  const share = (value: number): string => `${(100 * Math.min(1, Math.max(0, value))).toFixed(2)}%`;
  return (
    <span className={styles['bar']} aria-hidden>
      <span data-state={task.state} style={{ left: share(from), width: share(length) }} />
    </span>
  );
}
