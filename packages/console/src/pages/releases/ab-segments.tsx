import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Column } from '../../parts/table/column.ts';
import { DataTable } from '../../parts/table/data-table.tsx';
import { Section } from '../../parts/page.tsx';
import { None } from '../../parts/when.tsx';
import type { KpiReading } from './ab-advice.ts';
import styles from './ab-report.module.css';
import { useKpiFormat } from './kpi-effects.tsx';
import { GroupName } from './traffic-split.tsx';

/** The same differences by parts of the traffic, marked as what they are: exploration. */
export function Segments({ readings }: { readings: readonly KpiReading[] }): ReactNode {
  const { t } = useTranslation();
  if (readings.length === 0) return null;
  const columns: Column<KpiReading>[] = [
    { id: 'segment', label: t('ab.segment'), value: ({ segment }) => segment, cell: ({ segment }) => segment },
    { id: 'kpi', label: 'KPI', value: ({ gate }) => gate.kpi.name, cell: ({ gate }) => gate.kpi.name },
    {
      id: 'arm',
      label: t('ab.arm'),
      wide: true,
      value: ({ group }) => group,
      cell: ({ group }) => <GroupName group={group ?? 'challenger'} />,
    },
    {
      id: 'change',
      label: t('ab.change'),
      numeric: true,
      value: ({ estimate }) => estimate,
      cell: (reading) => <Change reading={reading} />,
    },
    {
      id: 'interval',
      label: t('gate.interval'),
      numeric: true,
      wide: true,
      cell: (reading) => <Interval reading={reading} />,
    },
    {
      id: 'answers',
      label: t('ab.answers'),
      numeric: true,
      wide: true,
      value: ({ challengerSamples }) => challengerSamples,
      cell: ({ challengerSamples, incumbentSamples }) => `${challengerSamples} / ${incumbentSamples}`,
    },
  ];
  return (
    <Section title={t('ab.segments')}>
      <p className={styles['soft']}>{t('ab.segmentsHint')}</p>
      <DataTable
        caption={t('ab.segments')}
        name="segments"
        columns={columns}
        rows={readings}
        rowKey={({ segment, gate, group }) => `${segment}:${gate.kpi.name}:${group}`}
      />
    </Section>
  );
}

function Change({ reading: { gate, estimate } }: { reading: KpiReading }): ReactNode {
  const show = useKpiFormat(gate.kpi);
  return estimate === undefined ? <None /> : show.difference(estimate);
}

function Interval({ reading: { gate, interval } }: { reading: KpiReading }): ReactNode {
  const show = useKpiFormat(gate.kpi);
  return interval === null ? <None /> : `${show.difference(interval[0])} … ${show.difference(interval[1])}`;
}
