import type { TaskRun } from '@mulle/contract';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { layoutGraph, type GraphNode } from '../../parts/graph/layout-graph.ts';
import { Status, toneOf } from '../../parts/status.tsx';
import { Took } from '../../parts/when.tsx';
import styles from './task-graph.module.css';

const box = { width: 132, height: 40, betweenLayers: 30, betweenRows: 10 } as const;

interface TaskGraphProps {
  runId: string;
  definition: readonly GraphNode[];
  tasks: readonly TaskRun[];
  selected: string | undefined;
}

/** The run as a graph: a box for each task, lines for what needs what. Choosing a task narrows the log to it. */
export function TaskGraph({ runId, definition, tasks, selected }: TaskGraphProps): ReactNode {
  const { t } = useTranslation();
  const layout = layoutGraph(definition, box);
  const runs = new Map(tasks.map((task) => [task.name, task]));
  return (
    <section className={styles['scroll']} aria-label={t('pipeline.graph')}>
      <div className={styles['graph']} style={{ width: layout.width, height: layout.height }}>
        <svg width={layout.width} height={layout.height} aria-hidden>
          {layout.edges.map(({ from, to, path }) => (
            <path key={`${from}:${to}`} d={path} data-tone={toneOf(runs.get(from)?.state ?? 'waiting')} />
          ))}
        </svg>
        <ol>
          {layout.nodes.map(({ name, x, y }) => {
            const run = runs.get(name);
            const state = run?.state ?? 'waiting';
            return (
              <li key={name} style={{ left: x, top: y, width: box.width, height: box.height }}>
                <Link
                  to="/pipeline-runs/$id"
                  params={{ id: runId }}
                  search={(before) => ({ ...before, task: selected === name ? undefined : name })}
                  resetScroll={false}
                  aria-current={selected === name || undefined}
                  data-state={state}
                  title={name}
                >
                  <span className={styles['name']}>{name}</span>
                  <span className={styles['line']}>
                    <Status state={state === 'waiting' ? 'ready' : state}>{t(`task.${state}`)}</Status>
                    {run?.startedAtMs != null && <Took fromMs={run.startedAtMs} toMs={run.endedAtMs} />}
                  </span>
                </Link>
              </li>
            );
          })}
        </ol>
      </div>
    </section>
  );
}
