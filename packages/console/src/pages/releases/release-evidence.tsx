import type { GateReading, Release } from '@mulle/contract';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRoute, useRouteHistory } from '../../api/use-route.ts';
import { EvidenceChart } from '../../charts/evidence-chart.tsx';
import { useFormat } from '../../format/use-format.ts';
import { Status } from '../../parts/status.tsx';
import { None } from '../../parts/when.tsx';
import { estimateOf, evidenceOf, formatGateValue, limitOf, toldStates } from './gate-view.ts';
import styles from './release-evidence.module.css';

/** What each gate saw: its verdict, the raw readings, and the band closing in. */
export function ReleaseEvidence({ release }: { release: Release }): ReactNode {
  const { t } = useTranslation();
  const activity = useRoute('listActivity', { query: { subject: release.id, limit: 200 } });
  const seen = useRouteHistory('getRelease', { params: { id: release.id } }, 3_000);
  const { readings } = release;
  if (readings.length === 0) return <p className={styles['none']}>{t('release.noReadings')}</p>;
  const states = toldStates(
    release,
    activity.data?.items ?? [],
    (seen.data ?? []).map(({ answer }) => answer),
  );
  return (
    <div className={styles['gates']}>
      {readings.map((reading, index) => (
        <GateEvidence
          key={index}
          reading={reading}
          weights={release.strategy.kind === 'canary' ? release.strategy.steps.map(({ weight }) => weight) : []}
          points={evidenceOf(states, index)}
        />
      ))}
    </div>
  );
}

interface GateEvidenceProps {
  reading: GateReading;
  weights: readonly number[];
  points: ReturnType<typeof evidenceOf>;
}

function GateEvidence({ reading, weights, points }: GateEvidenceProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { gate, verdict, interval, incumbent } = reading;
  const show = formatGateValue(gate, format);
  const limit = limitOf(gate);
  const estimate = estimateOf(reading);
  const compares = gate.metric === 'log-loss' || gate.metric === 'kpi';
  const name = gate.metric === 'kpi' ? gate.kpi.name : t(`gate.${gate.metric}`);
  const value = (number: number | null): ReactNode => (number === null ? <None /> : show(number));
  const range = interval === null ? '–' : `${show(interval[0])} … ${show(interval[1])}`;
  return (
    <section className={styles['gate']}>
      <header>
        <h3>{name}</h3>
        <Status state={verdict} />
      </header>
      <EvidenceChart
        label={`${name}: ${estimate === null ? '–' : show(estimate)} (${range}), ${t(compares ? 'gate.margin' : 'gate.limit')} ${show(limit)}`}
        points={points}
        limit={{ label: t(compares ? 'gate.margin' : 'gate.limit'), value: limit }}
        incumbent={
          compares
            ? { label: t('gate.sameAsIncumbent'), value: 0 }
            : incumbent === null
              ? null
              : { label: t('release.incumbent'), value: incumbent }
        }
        stepLabel={(step) => format.share(weights[step] ?? 1, 0)}
        formatValue={show}
      />
      <dl>
        <Reading label={compares ? t('gate.difference') : t('release.challenger')}>{value(estimate)}</Reading>
        <Reading label={t('gate.interval')}>{range}</Reading>
        {compares && <Reading label={t('release.challenger')}>{value(reading.challenger)}</Reading>}
        <Reading label={t('release.incumbent')}>{value(incumbent)}</Reading>
        <Reading label={t('gate.samples')}>
          {format.number(reading.challengerSamples)} / {format.number(reading.incumbentSamples)}
        </Reading>
      </dl>
    </section>
  );
}

function Reading({ label, children }: { label: string; children: ReactNode }): ReactNode {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
