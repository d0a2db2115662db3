import type { Finding } from '@mulle/contract';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { usePagedRoute } from '../../api/use-route.ts';
import { useFormat } from '../../format/use-format.ts';
import type { Column } from '../../parts/table/column.ts';
import { DataTable } from '../../parts/table/data-table.tsx';
import { Empty } from '../../parts/empty.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Status } from '../../parts/status.tsx';
import { When } from '../../parts/when.tsx';
import { FindingPanel } from './finding-panel.tsx';
import styles from './findings.module.css';

interface FindingsProps {
  filters: { severity?: string; monitor?: string };
  open: string | undefined;
  onOpen: (id: string | undefined) => void;
}

/** Findings, newest first; the open one stands beside them and is walked with J and K. */
export function Findings({ filters, open, onOpen }: FindingsProps): ReactNode {
  const { t } = useTranslation();
  const list = usePagedRoute('listFindings', { query: filters });
  const columns = useColumns(onOpen);
  return (
    <QueryView query={list.query}>
      {({ items }) => {
        if (items.length === 0) return <Empty title={t('finding.none')}>{t('finding.noneHint')}</Empty>;
        const at = items.findIndex(({ id }) => id === open);
        const shown = items[at];
        return (
          <div className={styles['layout']} data-open={shown ? true : undefined}>
            <div>
              <DataTable
                caption={t('finding.title')}
                columns={columns}
                rows={items}
                list={list}
                timeColumn="found"
                rowKey={({ id }) => id}
                isCurrent={({ id }) => id === open}
              />
            </div>
            {shown && (
              <FindingPanel
                finding={shown}
                onClose={() => onOpen(undefined)}
                onWalk={(step) => {
                  const next = items[at + step];
                  if (next) onOpen(next.id);
                }}
              />
            )}
          </div>
        );
      }}
    </QueryView>
  );
}

function useColumns(onOpen: (id: string) => void): Column<Finding>[] {
  const { t } = useTranslation();
  const { language } = useFormat();
  return [
    {
      id: 'message',
      label: t('finding.finding'),
      value: ({ message }) => message[language],
      cell: ({ id, message }) => (
        <button type="button" className={styles['open']} onClick={() => onOpen(id)}>
          {message[language]}
        </button>
      ),
    },
    {
      id: 'severity',
      label: t('finding.severity'),
      value: ({ severity }) => severity,
      cell: ({ severity }) => <Status state={severity} />,
    },
    {
      id: 'kind',
      label: t('column.kind'),
      wide: true,
      value: ({ kind }) => kind,
      cell: ({ kind }) => t(`finding.kind.${kind}`),
    },
    {
      id: 'monitor',
      label: t('column.monitor'),
      wide: true,
      value: ({ monitor }) => monitor,
      cell: ({ monitor: name }) => (
        <Link to="/monitors/$name" params={{ name }}>
          {name}
        </Link>
      ),
    },
    {
      id: 'found',
      label: t('column.created'),
      numeric: true,
      time: true,
      value: ({ createdAtMs }) => createdAtMs,
      cell: ({ createdAtMs }) => <When atMs={createdAtMs} />,
    },
  ];
}
