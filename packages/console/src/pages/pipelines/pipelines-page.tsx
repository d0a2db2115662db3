import type { PipelineRun } from '@mulle/contract';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { usePagedRoute, useRoute, type Item } from '../../api/use-route.ts';
import { useFormat } from '../../format/use-format.ts';
import { Button } from '../../parts/button.tsx';
import { tookMs, type Column } from '../../parts/table/column.ts';
import { DataTable } from '../../parts/table/data-table.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Page, Section } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Status } from '../../parts/status.tsx';
import { Teach } from '../../parts/teach.tsx';
import { None, Took, When } from '../../parts/when.tsx';
import { StartDialog } from './start-dialog.tsx';
import { Triggers } from './triggers.tsx';

const route = getRouteApi('/pipelines');
type Pipeline = Item<'listPipelines'>;

export function PipelinesPage(): ReactNode {
  const { t } = useTranslation();
  const { pipeline, do: action } = route.useSearch();
  const navigate = route.useNavigate();
  const pipelines = useRoute('listPipelines', {});
  const columns = usePipelineColumns();
  const starting =
    action === 'start' ? pipelines.data?.items.find(({ definition }) => definition.name === pipeline) : undefined;
  return (
    <Page
      title={t('section.pipelines')}
      summary={t('pipeline.summary')}
      actions={<Teach route="listPipelines" input={{}} cli="mulle runs" />}
    >
      <QueryView query={pipelines}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t('pipeline.none')} command="mulle apply">
              {t('pipeline.noneHint')}
            </Empty>
          ) : (
            <>
              <Section title={t('pipeline.defined')}>
                <DataTable
                  caption={t('section.pipelines')}
                  columns={columns}
                  rows={items}
                  rowKey={({ definition }) => definition.name}
                  isCurrent={({ definition }) => definition.name === pipeline}
                />
              </Section>
              <Runs pipeline={pipeline} />
              <Triggers />
            </>
          )
        }
      </QueryView>
      {starting && (
        <StartDialog
          pipeline={starting.definition}
          onClose={() => void navigate({ search: (before) => ({ ...before, do: undefined }), replace: true })}
        />
      )}
    </Page>
  );
}

function usePipelineColumns(): Column<Pipeline>[] {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = route.useNavigate();
  return [
    {
      id: 'name',
      label: t('column.pipeline'),
      value: ({ definition }) => definition.name,
      cell: ({ definition: { name } }) => (
        <Link to="/pipelines" search={{ pipeline: name }}>
          {name}
        </Link>
      ),
    },
    {
      id: 'description',
      label: t('column.description'),
      wide: true,
      value: ({ definition }) => definition.description ?? '',
      cell: ({ definition }) => definition.description ?? '',
    },
    {
      id: 'tasks',
      label: t('pipeline.tasks'),
      numeric: true,
      wide: true,
      value: ({ definition }) => definition.tasks.length,
      cell: ({ definition }) => format.number(definition.tasks.length),
    },
    {
      id: 'last',
      label: t('pipeline.lastRun'),
      cell: ({ last }) =>
        last === null ? (
          <None />
        ) : (
          <Link to="/pipeline-runs/$id" params={{ id: last.id }}>
            <Status state={last.state} />
          </Link>
        ),
    },
    {
      id: 'when',
      label: t('column.started'),
      numeric: true,
      wide: true,
      time: true,
      value: ({ last }) => last?.createdAtMs,
      cell: ({ last }) => <When atMs={last?.createdAtMs ?? null} />,
    },
    {
      id: 'start',
      label: t('pipeline.start'),
      numeric: true,
      value: ({ definition }) => definition.name,
      cell: ({ definition: { name } }) => (
        <Button
          aria-label={`${t('pipeline.start')}: ${name}`}
          onClick={() => void navigate({ search: { pipeline: name, do: 'start' } })}
        >
          {t('pipeline.start')}
        </Button>
      ),
    },
  ];
}

function Runs({ pipeline }: { pipeline: string | undefined }): ReactNode {
  const { t } = useTranslation();
  const runs = usePagedRoute('listPipelineRuns', { query: pipeline === undefined ? {} : { pipeline } });
  const columns = useRunColumns();
  return (
    <Section
      title={t('pipeline.runs')}
      aside={
        pipeline !== undefined && (
          <>
            {pipeline} <Link to="/pipelines">{t('action.all')}</Link>
          </>
        )
      }
    >
      <QueryView query={runs.query}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t('pipeline.noRuns')} command={`mulle run ${pipeline ?? 'PIPELINE'}`}>
              {t('pipeline.noRunsHint')}
            </Empty>
          ) : (
            <>
              <DataTable
                caption={t('pipeline.runs')}
                name="runs"
                list={runs}
                timeColumn="started"
                columns={columns}
                rows={items}
                rowKey={({ id }) => id}
              />
            </>
          )
        }
      </QueryView>
    </Section>
  );
}

function useRunColumns(): Column<PipelineRun>[] {
  const { t } = useTranslation();
  const format = useFormat();
  return [
    {
      id: 'run',
      label: t('pipeline.run'),
      value: ({ id }) => id,
      cell: ({ id }) => (
        <Link to="/pipeline-runs/$id" params={{ id }}>
          {id}
        </Link>
      ),
    },
    {
      id: 'pipeline',
      label: t('column.pipeline'),
      wide: true,
      value: ({ pipeline }) => pipeline,
      cell: ({ pipeline }) => pipeline,
    },
    {
      id: 'state',
      label: t('column.state'),
      value: ({ state }) => state,
      cell: ({ state }) => <Status state={state} />,
    },
    {
      id: 'tasks',
      label: t('pipeline.tasks'),
      wide: true,
      numeric: true,
      cell: ({ tasks }) =>
        `${format.number(tasks.filter(({ state }) => state === 'succeeded').length)} / ${format.number(tasks.length)}`,
    },
    {
      id: 'by',
      label: t('column.by'),
      wide: true,
      value: ({ startedBy }) => startedBy,
      cell: ({ startedBy }) => startedBy,
    },
    {
      id: 'took',
      label: t('column.took'),
      numeric: true,
      value: ({ createdAtMs, endedAtMs }) => tookMs(createdAtMs, endedAtMs),
      cell: ({ createdAtMs, endedAtMs }) => <Took fromMs={createdAtMs} toMs={endedAtMs} />,
    },
    {
      id: 'started',
      label: t('column.started'),
      numeric: true,
      time: true,
      value: ({ createdAtMs }) => createdAtMs,
      cell: ({ createdAtMs }) => <When atMs={createdAtMs} />,
    },
  ];
}
