import type { EndpointStatus } from '@mulle/contract';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRouteHistory } from '../../api/use-route.ts';
import { TimeChart } from '../../charts/time-chart.tsx';
import { useFormat } from '../../format/use-format.ts';
import type { Column } from '../../parts/table/column.ts';
import { DataTable } from '../../parts/table/data-table.tsx';
import { Figures } from '../../parts/facts.tsx';
import { MeterList } from '../../parts/meter-list.tsx';
import { Columns, Section } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Status } from '../../parts/status.tsx';
import { None } from '../../parts/when.tsx';
import { VariantIdLink } from '../releases/variant-link.tsx';
import { mergeStatus } from './merge-status.ts';
import styles from './live-status.module.css';

interface LiveStatusProps {
  endpoint: string;
  slo: { p95Ms: number; p99Ms: number } | undefined;
  challenger: string | undefined;
}

/** What the data processes tell now: latency, where answers come from, hosts. Asked every two seconds. */
export function LiveStatus(props: LiveStatusProps): ReactNode {
  const { t } = useTranslation();
  const input = { params: { name: props.endpoint } };
  const query = useRouteHistory('getEndpointStatus', input, 2_000);
  const samples = (query.data ?? []).flatMap(({ atMs, answer }) => {
    const status = mergeStatus(answer.processes, props.endpoint);
    return status === undefined ? [] : [{ atMs, status }];
  });
  const status = samples.at(-1)?.status;
  return (
    <QueryView query={query}>
      {(seen) => (
        <>
          {(seen.at(-1)?.answer.unreachable ?? []).map(({ url, reason }) => (
            <p key={url} className={styles['unreachable']}>
              <Status state="warning">{t('endpoint.unreachable')}</Status> <code>{url}</code> {reason}
            </p>
          ))}
          {status === undefined ? (
            <p className={styles['none']}>{t('endpoint.noStatus')}</p>
          ) : (
            <StatusView {...props} status={status} samples={samples} />
          )}
        </>
      )}
    </QueryView>
  );
}

interface StatusViewProps extends LiveStatusProps {
  status: EndpointStatus;
  samples: readonly { atMs: number; status: EndpointStatus }[];
}

const quantiles = [
  ['p50', 'ink-soft'],
  ['p95', 'jjok'],
  ['p99', 'jacho'],
  ['p999', 'chija'],
] as const;

function StatusView({ status, samples, slo, challenger }: StatusViewProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { latencyMs } = status;
  return (
    <>
      <Section title={t('endpoint.latency')} aside={t('endpoint.lastMinute')}>
        <Figures
          items={[
            ['p50', format.duration(latencyMs.p50)],
            ['p95', format.duration(latencyMs.p95)],
            ['p99', format.duration(latencyMs.p99)],
            ['p99.9', format.duration(latencyMs.p999)],
            [t('endpoint.perSecond'), format.number(status.requests / 60, 1)],
            [t('endpoint.failures'), format.number(status.failures)],
            [t('endpoint.batchRows'), format.number(status.meanBatchRows, 1)],
          ]}
        />
        <TimeChart
          label={t('endpoint.latency')}
          timeLabel={t('column.time')}
          times={samples.map(({ atMs }) => atMs)}
          series={quantiles.map(([name, token]) => ({
            label: name === 'p999' ? 'p99.9' : name,
            token,
            values: samples.map((sample) => sample.status.latencyMs[name]),
          }))}
          formatValue={(value) => format.duration(value)}
        />
        {slo && (
          <p className={styles['none']}>
            {t('endpoint.slo')} p95 {format.duration(slo.p95Ms)}, p99 {format.duration(slo.p99Ms)}
          </p>
        )}
      </Section>
      <Columns>
        <Section title={t('endpoint.sources')} aside={t('endpoint.lastMinute')}>
          <MeterList
            items={Object.entries(status.bySource).map(([source, value]) => ({
              id: source,
              label: t(`source.${source}`, { defaultValue: source }),
              value,
              tone: source.startsWith('fallback') ? 'waiting' : 'jjok',
            }))}
          />
        </Section>
        <Section title={t('endpoint.variants')} aside={t('endpoint.lastMinute')}>
          <MeterList
            items={Object.entries(status.byVariant).map(([id, value]) => ({
              id,
              label: <VariantIdLink id={id} />,
              value,
              tone: id === challenger ? 'jjok' : 'neutral',
            }))}
          />
          {Object.entries(status.guarded).map(([variant, reason]) => (
            <p key={variant} className={styles['unreachable']}>
              <Status state="warning">{t('endpoint.guarded')}</Status> {variant}: {reason}
            </p>
          ))}
        </Section>
      </Columns>
      <Stages stagesMs={status.stagesMs} />
      <Hosts hosts={status.hosts} />
    </>
  );
}

/** Mean time of a request in each stage of its way. */
function Stages({ stagesMs }: Pick<EndpointStatus, 'stagesMs'>): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const stages = Object.entries(stagesMs);
  if (stages.length === 0) return null;
  return (
    <Section title={t('endpoint.stages')} aside={t('endpoint.lastMinute')}>
      <MeterList
        show={(value) => `${format.number(value, 2)} ms`}
        items={stages.map(([stage, value]) => ({
          id: stage,
          label: t(`stage.${stage}`, { defaultValue: stage }),
          value,
          tone: 'neutral',
        }))}
      />
    </Section>
  );
}

type Host = EndpointStatus['hosts'][number];

function Hosts({ hosts }: { hosts: readonly Host[] }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const columns: Column<Host>[] = [
    { id: 'variant', label: t('endpoint.variant'), value: ({ variant }) => variant, cell: ({ variant }) => variant },
    {
      id: 'state',
      label: t('column.state'),
      cell: ({ state }) => <Status state={state === 'ready' ? 'healthy' : state}>{t(`state.${state}`)}</Status>,
    },
    { id: 'pid', label: 'PID', numeric: true, wide: true, cell: ({ pid }) => pid ?? <None /> },
    {
      id: 'restarts',
      label: t('endpoint.restarts'),
      numeric: true,
      value: ({ restarts }) => restarts,
      cell: ({ restarts }) => format.number(restarts),
    },
    {
      id: 'memory',
      label: t('endpoint.memory'),
      numeric: true,
      cell: ({ residentBytes }) => (residentBytes === null ? <None /> : format.bytes(residentBytes)),
    },
  ];
  return (
    <Section title={t('endpoint.hosts')}>
      <DataTable
        caption={t('endpoint.hosts')}
        name="hosts"
        columns={columns}
        rows={hosts}
        rowKey={({ variant, pid }) => `${variant}:${pid}`}
      />
    </Section>
  );
}
