import type { Run } from '@mulle/contract';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { usePagedRoute, useRoute } from '../../api/use-route.ts';
import { matches } from '../../format/initial-consonants.ts';
import { useFormat } from '../../format/use-format.ts';
import { Choice } from '../../parts/choice.tsx';
import { DataTable, MoreRows, type Column } from '../../parts/data-table.tsx';
import { Empty } from '../../parts/empty.tsx';
import { FilterBox } from '../../parts/filter-box.tsx';
import { Page } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Status } from '../../parts/status.tsx';
import { Teach } from '../../parts/teach.tsx';
import { None, Took, When } from '../../parts/when.tsx';

const route = getRouteApi('/experiments');

export function ExperimentsPage(): ReactNode {
  const { t } = useTranslation();
  const { experiment, q = '' } = route.useSearch();
  const navigate = route.useNavigate();
  const experiments = useRoute('listExperiments', {});
  const input = { query: experiment === undefined ? {} : { experiment } };
  const runs = usePagedRoute('listRuns', input);
  const columns = useRunColumns(runs.query.data?.items ?? []);
  return (
    <Page
      title={t('section.experiments')}
      summary={t('experiment.summary')}
      actions={<Teach route="listRuns" input={input} />}
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
              <FilterBox
                value={q}
                onChange={(value) =>
                  void navigate({
                    search: (before) => ({ ...before, q: value === '' ? undefined : value }),
                    replace: true,
                  })
                }
              />
              <DataTable
                caption={t('section.experiments')}
                columns={columns}
                rows={items.filter(({ name, id }) => matches(`${name} ${id}`, q))}
                rowKey={({ id }) => id}
              />
              <MoreRows list={runs} />
            </>
          )
        }
      </QueryView>
    </Page>
  );
}

function useRunColumns(runs: readonly Run[]): Column<Run>[] {
  const { t } = useTranslation();
  const format = useFormat();
  const metrics = [...new Set(runs.flatMap((run) => Object.keys(run.metrics)))].slice(0, 3);
  return [
    {
      id: 'run',
      label: t('model.run'),
      cell: ({ id, name }) => (
        <Link to="/runs/$id" params={{ id }}>
          {name || id}
        </Link>
      ),
    },
    { id: 'state', label: t('column.state'), cell: ({ status }) => <Status state={status} /> },
    { id: 'experiment', label: t('experiment.experiment'), wide: true, cell: ({ experiment }) => experiment },
    ...metrics.map((name, index) => ({
      id: name,
      label: name,
      numeric: true,
      wide: index > 0,
      cell: (run: Run) => {
        const value = run.metrics[name];
        return value === undefined ? <None /> : format.metric(value);
      },
    })),
    {
      id: 'took',
      label: t('column.took'),
      numeric: true,
      wide: true,
      cell: ({ startedAtMs, endedAtMs }) => <Took fromMs={startedAtMs} toMs={endedAtMs} />,
    },
    {
      id: 'started',
      label: t('column.started'),
      numeric: true,
      wide: true,
      cell: ({ startedAtMs }) => <When atMs={startedAtMs} />,
    },
  ];
}
