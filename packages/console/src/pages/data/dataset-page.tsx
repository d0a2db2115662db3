import { getRouteApi } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { usePagedRoute, useRoute, type Answer, type Item } from '../../api/use-route.ts';
import { useFormat } from '../../format/use-format.ts';
import type { Column } from '../../parts/table/column.ts';
import { DataTable } from '../../parts/table/data-table.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Figures } from '../../parts/facts.tsx';
import { Page, Section } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { ShortId } from '../../parts/short-id.tsx';
import { Teach } from '../../parts/teach.tsx';
import { None, When } from '../../parts/when.tsx';

const route = getRouteApi('/data/$name');

export function DatasetPage(): ReactNode {
  const { name } = route.useParams();
  const input = { params: { name } };
  const dataset = useRoute('getDataset', input);
  return (
    <Page
      title={name}
      summary={dataset.data?.definition.description}
      actions={<Teach route="getDataset" input={input} />}
    >
      <QueryView query={dataset}>{(data) => <DatasetBody dataset={data} />}</QueryView>
    </Page>
  );
}

function DatasetBody({ dataset: { definition, latest } }: { dataset: Answer<'getDataset'> }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const parts = latest?.parts ?? [];
  const first = Math.min(...parts.map(({ fromMs }) => fromMs));
  const last = Math.max(...parts.map(({ toMs }) => toMs));
  return (
    <>
      {latest && (
        <Figures
          items={[
            [t('column.version'), format.number(latest.version)],
            [t('column.rows'), format.number(latest.rows)],
            [t('data.parts'), format.number(parts.length)],
            [t('column.size'), format.bytes(parts.reduce((sum, { bytes }) => sum + bytes, 0))],
            ...(parts.length > 0
              ? [
                  [
                    t('data.span'),
                    `${format.eventTime(first).slice(0, 10)} – ${format.eventTime(last).slice(0, 10)}`,
                  ] as const,
                ]
              : []),
          ]}
        />
      )}
      <Fields fields={definition.fields} eventTime={definition.eventTime} />
      <Versions name={definition.name} />
      <Quarantined name={definition.name} />
    </>
  );
}

type FieldRow = Answer<'getDataset'>['definition']['fields'][number];

function Fields({ fields, eventTime }: { fields: readonly FieldRow[]; eventTime: string }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const columns: Column<FieldRow>[] = [
    { id: 'name', label: t('data.field'), value: ({ name }) => name, cell: ({ name }) => name },
    {
      id: 'type',
      label: t('data.type'),
      cell: ({ type, name }) => (name === eventTime ? `${type} · ${t('data.eventTime')}` : type),
    },
    { id: 'unit', label: t('data.unit'), cell: ({ unit }) => unit ?? <None /> },
    {
      id: 'range',
      label: t('data.range'),
      numeric: true,
      cell: ({ minimum, maximum }) =>
        minimum === undefined && maximum === undefined ? (
          <None />
        ) : (
          `${minimum === undefined ? '' : format.number(minimum, 3)} … ${maximum === undefined ? '' : format.number(maximum, 3)}`
        ),
    },
  ];
  return (
    <Section title={t('data.fields')} aside={fields.length}>
      <DataTable caption={t('data.fields')} name="fields" columns={columns} rows={fields} rowKey={({ name }) => name} />
    </Section>
  );
}

function Versions({ name }: { name: string }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const list = usePagedRoute('listDatasetVersions', { params: { name } });
  const columns: Column<Item<'listDatasetVersions'>>[] = [
    { id: 'version', label: t('column.version'), cell: ({ version }) => `${name}@${version}` },
    { id: 'id', label: 'ID', wide: true, cell: ({ id }) => <ShortId id={id} /> },
    {
      id: 'rows',
      label: t('column.rows'),
      numeric: true,
      value: ({ rows }) => rows,
      cell: ({ rows }) => format.number(rows),
    },
    {
      id: 'created',
      label: t('column.created'),
      numeric: true,
      time: true,
      value: ({ createdAtMs }) => createdAtMs,
      cell: ({ createdAtMs }) => <When atMs={createdAtMs} />,
    },
  ];
  return (
    <Section title={t('data.versions')}>
      <QueryView query={list.query}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t('data.noVersions')} command="mulle run PIPELINE">
              {t('data.noVersionsHint')}
            </Empty>
          ) : (
            <>
              <DataTable
                caption={t('data.versions')}
                list={list}
                timeColumn="created"
                columns={columns}
                rows={items}
                rowKey={({ version }) => String(version)}
              />
            </>
          )
        }
      </QueryView>
    </Section>
  );
}

function Quarantined({ name }: { name: string }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const list = useRoute('listQuarantine', { params: { name } });
  const columns: Column<Item<'listQuarantine'>>[] = [
    {
      id: 'window',
      label: t('finding.window'),
      cell: ({ fromMs, toMs }) => `${format.eventTime(fromMs)} – ${format.eventTime(toMs)} UTC`,
    },
    { id: 'reason', label: t('column.reason'), value: ({ reason }) => reason, cell: ({ reason }) => reason },
    {
      id: 'created',
      label: t('column.created'),
      numeric: true,
      time: true,
      value: ({ createdAtMs }) => createdAtMs,
      cell: ({ createdAtMs }) => <When atMs={createdAtMs} />,
    },
  ];
  return (
    <Section title={t('data.quarantine')}>
      <QueryView query={list} rows={2}>
        {({ items }) =>
          items.length === 0 ? (
            <p style={{ color: 'var(--ink-soft)' }}>{t('data.noQuarantine')}</p>
          ) : (
            <DataTable
              caption={t('data.quarantine')}
              name="quarantine"
              timeColumn="created"
              columns={columns}
              rows={items}
              rowKey={({ fromMs }) => String(fromMs)}
            />
          )
        }
      </QueryView>
    </Section>
  );
}
