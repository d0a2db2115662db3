import type { PipelineRun } from '@mulle/contract';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRoute } from '../../api/use-route.ts';
import { Facts } from '../../parts/facts.tsx';
import { Page, Section } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { ShortId } from '../../parts/short-id.tsx';
import { Status } from '../../parts/status.tsx';
import { Teach } from '../../parts/teach.tsx';
import { None, Took, When } from '../../parts/when.tsx';
import { levelOf, LogView } from './log-view.tsx';
import { RunActions } from './run-actions.tsx';
import { TaskGraph } from './task-graph.tsx';
import { TaskTable } from './task-table.tsx';

const route = getRouteApi('/pipeline-runs/$id');

export function PipelineRunPage(): ReactNode {
  const { id } = route.useParams();
  const { do: action, ...search } = route.useSearch();
  const navigate = route.useNavigate();
  const input = { params: { id } };
  const run = useRoute('getPipelineRun', input, { refetchInterval: 2_000 });
  const open = (next: string | undefined): void =>
    void navigate({ search: next === undefined ? search : { ...search, do: next }, replace: true });
  return (
    <Page
      title={id}
      summary={
        run.data && (
          <>
            <Link to="/pipelines" search={{ pipeline: run.data.pipeline }}>
              {run.data.pipeline}
            </Link>
            <Status state={run.data.state} />
            <Took fromMs={run.data.createdAtMs} toMs={run.data.endedAtMs} />
            <When atMs={run.data.createdAtMs} />
          </>
        )
      }
      actions={
        <>
          <Teach route="getPipelineRun" input={input} cli={`mulle logs ${id}`} />
          {run.data && <RunActions run={run.data} open={action} onOpen={open} />}
        </>
      }
    >
      <QueryView query={run}>{(data) => <RunBody run={data} />}</QueryView>
    </Page>
  );
}

function RunBody({ run }: { run: PipelineRun }): ReactNode {
  const { t } = useTranslation();
  const { task, level, q = '' } = route.useSearch();
  const navigate = route.useNavigate();
  const definition = useRoute('getPipeline', { params: { name: run.pipeline } }, { refetchInterval: false });
  return (
    <>
      <Section title={t('pipeline.graph')}>
        <TaskGraph runId={run.id} definition={definition.data?.tasks ?? run.tasks} tasks={run.tasks} selected={task} />
      </Section>
      <Section title={t('pipeline.tasks')}>
        <TaskTable run={run} />
      </Section>
      <Section
        title={t('log.title')}
        aside={
          task !== undefined && (
            <>
              {task}{' '}
              <Link
                to="/pipeline-runs/$id"
                params={{ id: run.id }}
                search={(before) => ({ ...before, task: undefined })}
                resetScroll={false}
              >
                {t('action.all')}
              </Link>
            </>
          )
        }
      >
        <LogView
          runId={run.id}
          live={run.state === 'running'}
          task={task}
          level={levelOf(level)}
          search={q}
          onChange={(change) =>
            void navigate({ search: (before) => ({ ...before, ...change }), replace: true, resetScroll: false })
          }
        />
      </Section>
      <Section title={t('release.record')}>
        <Facts
          items={[
            [t('column.by'), run.startedBy],
            [
              t('pipeline.parameters'),
              Object.entries(run.parameters)
                .map(([name, value]) => `${name} ${String(value)}`)
                .join(', ') || <None key="parameters" />,
            ],
            [
              t('model.code'),
              run.codeDigest === null ? <None key="code" /> : <ShortId key="code" id={run.codeDigest} length={16} />,
            ],
            [
              t('column.cause'),
              run.causeId === null ? <None key="cause" /> : <ShortId key="cause" id={run.causeId} length={24} />,
            ],
          ]}
        />
      </Section>
    </>
  );
}
