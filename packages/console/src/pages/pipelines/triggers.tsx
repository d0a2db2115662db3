import type { TriggerDefinition } from '@mulle/contract';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRoute, type Item } from '../../api/use-route.ts';
import type { Column } from '../../parts/table/column.ts';
import { DataTable } from '../../parts/table/data-table.tsx';
import { Section } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { When } from '../../parts/when.tsx';

type Trigger = Item<'listTriggers'>;

/** What starts pipelines without hands, and when it last did. */
export function Triggers(): ReactNode {
  const { t } = useTranslation();
  const triggers = useRoute('listTriggers', {});
  const columns: Column<Trigger>[] = [
    {
      id: 'name',
      label: t('trigger.trigger'),
      value: ({ definition }) => definition.name,
      cell: ({ definition }) => definition.name,
    },
    { id: 'on', label: t('trigger.on'), cell: ({ definition }) => <On on={definition.on} /> },
    {
      id: 'pipeline',
      label: t('column.pipeline'),
      wide: true,
      value: ({ definition }) => definition.pipeline,
      cell: ({ definition }) => definition.pipeline,
    },
    {
      id: 'cooldown',
      label: t('trigger.cooldown'),
      numeric: true,
      wide: true,
      cell: ({ definition }) => definition.cooldown ?? '–',
    },
    {
      id: 'fired',
      label: t('trigger.lastFired'),
      numeric: true,
      time: true,
      value: ({ lastFiredAtMs }) => lastFiredAtMs,
      cell: ({ lastFiredAtMs }) => <When atMs={lastFiredAtMs} />,
    },
  ];
  return (
    <QueryView query={triggers} rows={2}>
      {({ items }) =>
        items.length > 0 && (
          <Section title={t('trigger.title')}>
            <DataTable
              caption={t('trigger.title')}
              columns={columns}
              rows={items}
              rowKey={({ definition }) => definition.name}
            />
          </Section>
        )
      }
    </QueryView>
  );
}

function On({ on }: { on: TriggerDefinition['on'] }): ReactNode {
  const { t } = useTranslation();
  switch (on.kind) {
    case 'cron':
      return (
        <>
          {t('trigger.cron')} <code>{on.cron}</code> {on.timeZone ?? 'UTC'}
        </>
      );
    case 'event-time':
      return `${t('trigger.eventTime')} ${on.every}${on.offset === undefined ? '' : ` + ${on.offset}`} · ${on.endpoint}`;
    case 'finding':
      return `${t('trigger.finding')} ${on.monitor} · ≥ ${t(`state.${on.severity}`)}`;
  }
}
