import type { GateReading, Release } from '@mulle/contract';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat, useMinuteMs } from '../../format/use-format.ts';
import { Facts } from '../../parts/facts.tsx';
import { Columns, Section } from '../../parts/page.tsx';
import { Status } from '../../parts/status.tsx';
import { adviceOf, isKpiReading, type AbAdvice, type AbTest, type KpiReading } from './ab-advice.ts';
import styles from './ab-report.module.css';
import { KpiEffects } from './kpi-effects.tsx';
import { Segments } from './ab-segments.tsx';

/** The result of an A/B test for whoever decides: what to do, what each arm changes, and whether it can be trusted. */
export function AbReport({ release, strategy }: { release: Release; strategy: AbTest }): ReactNode {
  const { t } = useTranslation();
  const readings = release.readings.filter(isKpiReading);
  const whole = readings.filter(({ segment }) => segment === undefined);
  const ratio = release.readings.find(({ gate }) => gate.metric === 'sample-ratio');
  const byRole = (['goal', 'non-inferiority', 'guardrail'] as const).flatMap((role) =>
    strategy.kpis.filter((kpi) => kpi.role === role),
  );
  return (
    <>
      <Advice release={release} strategy={strategy} />
      <Section title={t('ab.measures')}>
        {whole.length === 0 ? (
          <p className={styles['soft']}>{t('release.noReadings')}</p>
        ) : (
          <div className={styles['kpis']}>
            {byRole.map((kpi) => (
              <KpiEffects key={kpi.name} kpi={kpi} readings={of(whole, kpi.name)} />
            ))}
          </div>
        )}
      </Section>
      <Columns>
        {ratio && <SampleRatio reading={ratio} />}
        <Method strategy={strategy} />
      </Columns>
      <Segments readings={readings.filter(({ segment }) => segment !== undefined)} />
    </>
  );
}

function of(readings: readonly KpiReading[], kpi: string): KpiReading[] {
  return readings.filter(({ gate }) => gate.kpi.name === kpi);
}

const stateOf: Record<AbAdvice['kind'], string> = {
  promoted: 'promoted',
  rolledBack: 'rolled-back',
  superseded: 'superseded',
  mismatch: 'failed',
  harm: 'failed',
  win: 'succeeded',
  collect: 'running',
  late: 'inconclusive',
  paused: 'paused',
};

function Advice({ release, strategy }: { release: Release; strategy: AbTest }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const nowMs = useMinuteMs();
  const advice = adviceOf(release, strategy, nowMs);
  const armOf = (name: string): string => (name === 'incumbent' || name === 'challenger' ? t(`release.${name}`) : name);
  const [title, hint] = ((): [string, string] => {
    switch (advice.kind) {
      case 'promoted':
        return [t('ab.advice.promoted', { arm: armOf(advice.arm) }), t('ab.advice.promotedHint')];
      case 'harm':
      case 'win':
        return [
          t(`ab.advice.${advice.kind}`, { arm: armOf(advice.arm), kpis: advice.kpis.join(', ') }),
          t(`ab.advice.${advice.kind}Hint`),
        ];
      case 'collect': {
        const figures = { have: format.number(advice.have), needed: format.number(advice.needed) };
        const hint =
          advice.leftMs === null
            ? t('ab.advice.collectIdle', figures)
            : t('ab.advice.collectHint', { ...figures, left: format.duration(advice.leftMs) });
        return [t('ab.advice.collect'), hint];
      }
      default:
        return [t(`ab.advice.${advice.kind}`), t(`ab.advice.${advice.kind}Hint`)];
    }
  })();
  const share = advice.kind === 'collect' ? advice.have / advice.needed : undefined;
  return (
    <section className={styles['advice']} data-kind={advice.kind} aria-label={t('ab.title')}>
      <p className={styles['headline']}>
        <Status state={stateOf[advice.kind]}>{title}</Status>
      </p>
      <p>{hint}</p>
      {share !== undefined && (
        <span className={styles['progress']} aria-hidden>
          <span style={{ width: `${100 * Math.min(1, share)}%` }} />
        </span>
      )}
    </section>
  );
}

function SampleRatio({ reading }: { reading: GateReading }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { verdict, challenger, incumbent, pValue } = reading;
  return (
    <Section title={t('ab.ratio.title')}>
      <p className={styles['ratio']}>
        <Status state={verdict}>{t(`ab.ratio.${verdict}`)}</Status>
      </p>
      {challenger !== null && incumbent !== null && (
        <Facts
          items={[
            [t('release.incumbent'), format.share(incumbent, 2)],
            [t('ab.ratio.toChallengers'), format.share(challenger, 2)],
            ['p', pValue === undefined ? '–' : pValue < 0.001 ? '< 0.001' : format.number(pValue, 3)],
          ]}
        />
      )}
    </Section>
  );
}

function Method({ strategy: { analysis, minSamples } }: { strategy: AbTest }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Section title={t('ab.method.title')}>
      <Facts
        items={[
          [t('ab.method.method'), t(`ab.method.${analysis.method}`)],
          [t('ab.method.alpha'), format.share(analysis.alpha, 2)],
          [t('ab.method.correction'), t(`ab.method.correctionKind.${analysis.correction}`)],
          [t('ab.method.sampleSize'), format.number(analysis.sampleSize)],
          [t('ab.method.minSamples'), format.number(minSamples)],
        ]}
      />
    </Section>
  );
}
