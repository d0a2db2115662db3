import { getRouteApi, Link } from '@tanstack/react-router';
import { useMemo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { usePagedRoute, useRoute, type Item } from '../../api/use-route.ts';
import { useSettled } from '../../format/use-settled.ts';
import { useTimeRange } from '../../format/use-time-range.ts';
import { Choice } from '../../parts/choice.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Page } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import type { Clause } from '../../parts/table/filter.ts';
import { DataTable } from '../../parts/table/data-table.tsx';
import { rowTest } from '../../parts/table/filter.ts';
import { useTableView } from '../../parts/table/use-table-view.ts';
import { Teach } from '../../parts/teach.tsx';
import { ExperimentChoice } from './experiment-choice.tsx';
import styles from './experiments.module.css';
import { Leaderboard } from './leaderboard.tsx';
import { useRunColumns } from './run-columns.tsx';
import { runSearch } from './run-search.ts';

const route = getRouteApi('/experiments');
const pageSize = 500;

export function ExperimentsPage(): ReactNode {
  const { t } = useTranslation();
  const { experiment, compare = '', show } = route.useSearch();
  const navigate = route.useNavigate();
  const experiments = useRoute('listExperiments', {});
  const chosen = compare.split(',').filter((id) => id !== '');
  const { input, local } = useRunSearch(experiments.data?.items ?? [], experiment);
  const hasRuns = (experiments.data?.items ?? []).some(({ runs }) => runs > 0);
  return (
    <Page
      title={t('section.experiments')}
      summary={t('experiment.summary')}
      actions={
        <>
          <Teach route="searchRuns" input={input} />
          {chosen.length > 0 && (
            <Link className={styles['compare']} to="/compare" search={{ runs: chosen.join(',') }}>
              {t('run.compareCount', { count: chosen.length })}
            </Link>
          )}
        </>
      }
    >
      <QueryView query={experiments}>
        {({ items }) =>
          hasRuns ? (
            <>
              <div className={styles['controls']}>
                <ExperimentChoice
                  experiments={items}
                  chosen={experiment}
                  onChoose={(name) =>
                    void navigate({ search: (before) => ({ ...before, experiment: name }), resetScroll: false })
                  }
                />
                <Choice
                  label={t('experiment.view')}
                  value={show === 'best' ? 'best' : 'all'}
                  options={[
                    ['all', t('experiment.viewOf.all')],
                    ['best', t('experiment.viewOf.best')],
                  ]}
                  onChange={(value) =>
                    void navigate({
                      search: (before) => ({ ...before, show: value === 'best' ? value : undefined }),
                      resetScroll: false,
                    })
                  }
                />
              </div>
              {show === 'best' ? <Leaderboard within={input.body} /> : <RunTable input={input} local={local} />}
            </>
          ) : (
            <Empty title={t('experiment.none')} command="mulle run PIPELINE">
              {t('experiment.noneHint')}
            </Empty>
          )
        }
      </QueryView>
    </Page>
  );
}

type Experiment = Item<'listExperiments'>;

/** What the address asks of the search: experiment, filter, order, range of time. */
function useRunSearch(experiments: readonly Experiment[], experiment: string | undefined) {
  const { texts } = useTableView(undefined);
  const range = useTimeRange();
  const q = useSettled(texts.q);
  return useMemo(() => {
    const search = runSearch(q, texts.sort, range);
    const fits = ({ name }: Experiment): boolean =>
      (experiment === undefined || name === experiment) &&
      search.experiments.every(({ value, negated }) => negated !== name.toLowerCase().includes(value.toLowerCase()));
    const isNarrowed = experiment !== undefined || search.experiments.length > 0;
    const body = {
      limit: pageSize,
      ...(isNarrowed ? { experimentIds: experiments.filter(fits).map(({ id }) => id) } : {}),
      ...(search.filter === '' ? {} : { filter: search.filter }),
      ...(search.order.length === 0 ? {} : { order: search.order }),
    };
    return { input: { body }, local: search.local };
  }, [q, texts.sort, range, experiments, experiment]);
}

interface RunTableProps {
  input: ReturnType<typeof useRunSearch>['input'];
  local: readonly Clause[];
}

function RunTable({ input, local }: RunTableProps): ReactNode {
  const { t } = useTranslation();
  const { compare = '' } = route.useSearch();
  const navigate = route.useNavigate();
  const runs = usePagedRoute('searchRuns', input);
  const chosen = compare.split(',').filter((id) => id !== '');
  const pick = (id: string): void => {
    const next = chosen.includes(id) ? chosen.filter((each) => each !== id) : [...chosen, id];
    void navigate({
      search: (before) => ({ ...before, compare: next.join(',') || undefined }),
      replace: true,
      resetScroll: false,
    });
  };
  const items = runs.query.data?.items ?? [];
  const columns = useRunColumns(items, { chosen, pick });
  const rows = local.length === 0 ? items : items.filter(rowTest(local, columns));
  if (runs.query.isPending) return <QueryView query={runs.query}>{() => null}</QueryView>;
  return (
    <DataTable
      caption={t('section.experiments')}
      columns={columns}
      rows={rows}
      list={runs}
      remote={{ error: runs.query.error, filterHint: t('experiment.filterHint') }}
      rowKey={({ id }) => id}
    />
  );
}
