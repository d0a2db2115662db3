import { getRouteApi } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { usePagedRoute } from '../../api/use-route.ts';
import { within } from '../../format/time-range.ts';
import { useSettled } from '../../format/use-settled.ts';
import { useTimeRange } from '../../format/use-time-range.ts';
import { Choice } from '../../parts/choice.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Page } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { DataTable } from '../../parts/table/data-table.tsx';
import { useTableView } from '../../parts/table/use-table-view.ts';
import { Teach } from '../../parts/teach.tsx';
import { Sessions } from './sessions.tsx';
import { useTraceColumns } from './trace-columns.tsx';
import { traceSearch } from './trace-search.ts';
import styles from './traces.module.css';

const route = getRouteApi('/traces');

/** Answered requests of language applications, newest first; or the conversations that they belong to. */
export function TracesPage(): ReactNode {
  const { t } = useTranslation();
  const { show } = route.useSearch();
  const navigate = route.useNavigate();
  const { q } = useTableView(undefined);
  const input = { query: { limit: 100, ...traceSearch(useSettled(q)) } };
  return (
    <Page title={t('section.traces')} summary={t('trace.summary')} actions={<Teach route="listTraces" input={input} />}>
      <div className={styles['views']}>
        <Choice
          label={t('trace.view')}
          value={show === 'sessions' ? 'sessions' : 'traces'}
          options={[
            ['traces', t('section.traces')],
            ['sessions', t('trace.sessions')],
          ]}
          onChange={(value) =>
            void navigate({ search: (before) => ({ ...before, show: value === 'sessions' ? value : undefined }) })
          }
        />
      </div>
      {show === 'sessions' ? <Sessions /> : <TraceTable input={input} isFiltered={q !== ''} />}
    </Page>
  );
}

interface TraceTableProps {
  input: { query: { limit: number } & ReturnType<typeof traceSearch> };
  isFiltered: boolean;
}

function TraceTable({ input, isFiltered }: TraceTableProps): ReactNode {
  const { t } = useTranslation();
  const range = useTimeRange();
  const traces = usePagedRoute('listTraces', input);
  const columns = useTraceColumns();
  const items = (traces.query.data?.items ?? []).filter(({ startedAtMs }) => within(range, startedAtMs));
  if (traces.query.isPending) return <QueryView query={traces.query}>{() => null}</QueryView>;
  if (items.length === 0 && !isFiltered && traces.query.error === null)
    return (
      <Empty title={t('trace.none')} command={`export OTEL_EXPORTER_OTLP_ENDPOINT=${location.origin}`}>
        {t('trace.noneHint')}
      </Empty>
    );
  return (
    <DataTable
      caption={t('section.traces')}
      columns={columns}
      rows={items}
      list={traces}
      remote={{ error: traces.query.error, filterHint: t('trace.filterHint') }}
      rowKey={({ id }) => id}
    />
  );
}
