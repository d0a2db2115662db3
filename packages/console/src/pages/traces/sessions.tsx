import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { usePagedRoute, type Item } from '../../api/use-route.ts';
import { useFormat } from '../../format/use-format.ts';
import { Empty } from '../../parts/empty.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Status } from '../../parts/status.tsx';
import type { Column } from '../../parts/table/column.ts';
import { DataTable } from '../../parts/table/data-table.tsx';
import { None, When } from '../../parts/when.tsx';

type Session = Item<'listTraceSessions'>;

/** Conversations, the last one to speak first. */
export function Sessions(): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const sessions = usePagedRoute('listTraceSessions', { query: { limit: 200 } });
  const columns: Column<Session>[] = [
    {
      id: 'id',
      label: t('trace.session'),
      value: ({ id }) => id,
      cell: ({ id }) => (
        <Link to="/traces" search={{ q: `session:"${id}"` }}>
          {id}
        </Link>
      ),
    },
    { id: 'user', label: t('trace.user'), value: ({ userId }) => userId, cell: ({ userId }) => userId ?? <None /> },
    {
      id: 'traces',
      label: t('section.traces'),
      numeric: true,
      value: ({ traces }) => traces,
      cell: ({ traces }) => format.number(traces),
    },
    {
      id: 'errors',
      label: t('trace.errors'),
      numeric: true,
      value: ({ errors }) => errors,
      cell: ({ errors }) => (errors === 0 ? <None /> : <Status state="failed">{format.number(errors)}</Status>),
    },
    {
      id: 'last',
      label: t('trace.lastSpoke'),
      numeric: true,
      time: true,
      value: ({ lastAtMs }) => lastAtMs,
      cell: ({ lastAtMs }) => <When atMs={lastAtMs} />,
    },
  ];
  return (
    <QueryView query={sessions.query}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty title={t('trace.noSessions')}>{t('trace.noSessionsHint')}</Empty>
        ) : (
          <DataTable
            caption={t('trace.sessions')}
            name="sessions"
            columns={columns}
            rows={items}
            list={sessions}
            timeColumn="last"
            rowKey={({ id }) => id}
          />
        )
      }
    </QueryView>
  );
}
