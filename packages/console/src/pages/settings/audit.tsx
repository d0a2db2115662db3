import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { usePagedRoute, useRoute, type Item } from '../../api/use-route.ts';
import { useFormat } from '../../format/use-format.ts';
import { Button } from '../../parts/button.tsx';
import type { Column } from '../../parts/table/column.ts';
import { DataTable } from '../../parts/table/data-table.tsx';
import { Section } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { ShortId } from '../../parts/short-id.tsx';
import { Status } from '../../parts/status.tsx';
import { When } from '../../parts/when.tsx';

type Entry = Item<'listAudit'>;

/** Who changed what; and whether the chain of it is whole. */
export function Audit(): ReactNode {
  const { t } = useTranslation();
  const [asked, setAsked] = useState(false);
  const list = usePagedRoute('listAudit', { query: { limit: 20 } });
  const columns: Column<Entry>[] = [
    { id: 'action', label: t('audit.action'), value: ({ action }) => action, cell: ({ action }) => action },
    { id: 'subject', label: t('finding.subject'), value: ({ subject }) => subject, cell: ({ subject }) => subject },
    { id: 'actor', label: t('column.by'), value: ({ actor }) => actor, cell: ({ actor }) => actor },
    { id: 'hash', label: t('audit.hash'), wide: true, cell: ({ hash }) => <ShortId id={hash} /> },
    {
      id: 'time',
      label: t('column.created'),
      numeric: true,
      wide: true,
      time: true,
      value: ({ timeMs }) => timeMs,
      cell: ({ timeMs }) => <When atMs={timeMs} />,
    },
  ];
  return (
    <Section
      title={t('audit.title')}
      aside={asked ? <Verdict /> : <Button onClick={() => setAsked(true)}>{t('audit.verify')}</Button>}
    >
      <QueryView query={list.query} rows={3}>
        {({ items }) =>
          items.length === 0 ? (
            <p style={{ color: 'var(--ink-soft)' }}>{t('audit.none')}</p>
          ) : (
            <>
              <DataTable
                caption={t('audit.title')}
                columns={columns}
                rows={items}
                name="audit"
                list={list}
                timeColumn="time"
                rowKey={({ sequence }) => String(sequence)}
              />
            </>
          )
        }
      </QueryView>
    </Section>
  );
}

function Verdict(): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const verdict = useRoute('verifyAudit', {}, { refetchInterval: false });
  if (!verdict.data) return <output>{t('state.loading')}</output>;
  const { ok, entries, head, brokenAt } = verdict.data;
  return (
    <output style={{ display: 'inline-flex', gap: 12, alignItems: 'baseline', flexWrap: 'wrap' }}>
      <Status state={ok ? 'pass' : 'fail'}>
        {ok
          ? t('audit.whole', { count: entries, formatted: format.number(entries) })
          : `${t('audit.broken')} ${brokenAt}`}
      </Status>
      <ShortId id={head} />
    </output>
  );
}
