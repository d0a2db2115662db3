import { readingKey, type GateReading, type Release } from '@mulle/contract';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRoute } from '../../api/use-route.ts';
import { EvidenceChart } from '../../charts/evidence-chart.tsx';
import { useFormat } from '../../format/use-format.ts';
import { Status } from '../../parts/status.tsx';
import { None } from '../../parts/when.tsx';
import { chartPoints, estimateOf, formatGateValue, limitOf } from './gate-view.ts';
import { useGateName } from './use-gate-name.ts';
import styles from './release-evidence.module.css';

/** What each gate or KPI saw: its verdict, the raw readings, and the band closing in. */
export function ReleaseEvidence({ release }: { release: Release }): ReactNode {
  const { t } = useTranslation();
  const live = release.state === 'running' || release.state === 'paused';
  const input = { params: { id: release.id } };
  const evidence = useRoute('getReleaseEvidence', input, { refetchInterval: live ? 5_000 : false });
  const { strategy } = release;
  const drawn = release.readings.filter(({ gate, segment }) => gate.metric !== 'sample-ratio' && segment === undefined);
  if (drawn.length === 0) return <p className={styles['none']}>{t('release.noReadings')}</p>;
  const steps = strategy.kind === 'canary' ? strategy.steps.map(({ weight }) => weight) : [];
  return (
    <div className={styles['gates']}>
      {drawn.map((reading) => (
        <GateEvidence
          key={readingKey(reading)}
          reading={reading}
          group={'arms' in strategy && strategy.arms.length > 2 ? reading.group : undefined}
          weights={steps}
          points={chartPoints(evidence.data?.series ?? [], readingKey(reading))}
        />
      ))}
    </div>
  );
}

interface GateEvidenceProps {
  reading: GateReading;
  weights: readonly number[];
  points: ReturnType<typeof chartPoints>;
  /** Which arm is read, where there are several. */
  group: string | undefined;
}

function GateEvidence({ reading, weights, points, group }: GateEvidenceProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const gateName = useGateName();
  const { gate, verdict, interval, incumbent } = reading;
  const show = formatGateValue(gate, format);
  const limit = limitOf(gate);
  const estimate = estimateOf(reading);
  const compares = gate.metric === 'log-loss' || gate.metric === 'kpi';
  const name = gateName(gate);
  const value = (number: number | null): ReactNode => (number === null ? <None /> : show(number));
  const range = interval === null ? '–' : `${show(interval[0])} … ${show(interval[1])}`;
  return (
    <section className={styles['gate']}>
      <header>
        <h3>
          {name}
          {group !== undefined && ` · ${group}`}
        </h3>
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
        stepLabel={(step) => (weights.length === 0 ? '' : format.share(weights[step] ?? 1, 0))}
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
