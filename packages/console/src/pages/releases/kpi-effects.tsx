import type { Kpi } from '@mulle/contract';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { linear } from '../../charts/evidence-scale.ts';
import { useFormat } from '../../format/use-format.ts';
import { Status } from '../../parts/status.tsx';
import { None } from '../../parts/when.tsx';
import type { KpiReading } from './ab-advice.ts';
import styles from './ab-report.module.css';
import { GroupName } from './traffic-split.tsx';

interface KpiEffectsProps {
  kpi: Kpi;
  /** One for each challenger. */
  readings: readonly KpiReading[];
}

/** What each challenger changes in one KPI: in words, and as an interval against no difference. */
export function KpiEffects({ kpi, readings }: KpiEffectsProps): ReactNode {
  const { t } = useTranslation();
  const domain = domainOf(kpi, readings);
  return (
    <section className={styles['kpi']}>
      <header>
        <h3>{kpi.name}</h3>
        <span>
          {t(`ab.role.${kpi.role}`)} · {t(`ab.direction.${kpi.direction}`)}
        </span>
      </header>
      <ul>
        {readings.map((reading) => (
          <Effect key={reading.group} kpi={kpi} reading={reading} domain={domain} />
        ))}
      </ul>
    </section>
  );
}

/** The difference that still counts as harmless, on its own side of zero; null where none is named. */
function toleratedOf({ role, margin, direction }: Kpi): number | null {
  if (role === 'goal' || margin === undefined || margin === 0) return null;
  return direction === 'increase' ? -margin : margin;
}

function wantedOf({ role, minimumEffect, direction }: Kpi): number | null {
  if (role !== 'goal' || minimumEffect === undefined) return null;
  return direction === 'increase' ? minimumEffect : -minimumEffect;
}

/** Zero, the marks and every interval, the same for all arms of a KPI. */
function domainOf(kpi: Kpi, readings: readonly KpiReading[]): readonly [number, number] {
  const values = [0, toleratedOf(kpi) ?? 0, wantedOf(kpi) ?? 0, ...readings.flatMap(({ interval }) => interval ?? [])];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = (high - low || 1) * 0.06;
  return [low - room, high + room];
}

interface EffectProps {
  kpi: Kpi;
  reading: KpiReading;
  domain: readonly [number, number];
}

function Effect({ kpi, reading, domain }: EffectProps): ReactNode {
  const { t } = useTranslation();
  const show = useKpiFormat(kpi);
  const { verdict, challenger, incumbent, interval, chanceToBeat, adjustedPValue } = reading;
  const estimate = reading.estimate ?? null;
  const format = useFormat();
  return (
    <li>
      <div className={styles['effect']}>
        <strong>
          <GroupName group={reading.group ?? 'challenger'} />
        </strong>
        <Status state={verdict}>{t(`ab.verdict.${kpi.role}.${verdict}`)}</Status>
        <span className={styles['values']}>
          {incumbent === null ? <None /> : show.value(incumbent)} →{' '}
          {challenger === null ? <None /> : show.value(challenger)}
        </span>
      </div>
      {estimate === null || interval === null ? (
        <p className={styles['soft']}>{t('ab.tooFew')}</p>
      ) : (
        <>
          <IntervalBar kpi={kpi} domain={domain} estimate={estimate} interval={interval} verdict={verdict} />
          <p className={styles['figures']}>
            <b>{show.difference(estimate)}</b>
            <span>
              {show.difference(interval[0])} … {show.difference(interval[1])}
            </span>
            {incumbent !== null && incumbent !== 0 && (
              <span>
                {t('ab.relative')} {show.signed(estimate / incumbent, (value) => format.share(value, 1))}
              </span>
            )}
            {chanceToBeat !== undefined && (
              <span>
                {t('ab.chance')} {format.share(chanceToBeat, 1)}
              </span>
            )}
            {adjustedPValue !== undefined && (
              <span>p {adjustedPValue < 0.001 ? '< 0.001' : format.number(adjustedPValue, 3)}</span>
            )}
          </p>
        </>
      )}
    </li>
  );
}

interface IntervalBarProps extends EffectBarProps {
  kpi: Kpi;
  domain: readonly [number, number];
}
interface EffectBarProps {
  estimate: number;
  interval: readonly [number, number];
  verdict: KpiReading['verdict'];
}

const barWidth = 640;

function IntervalBar({ kpi, domain, estimate, interval, verdict }: IntervalBarProps): ReactNode {
  const { t } = useTranslation();
  const show = useKpiFormat(kpi);
  const x = linear(domain, [0, barWidth]);
  const [low, high] = interval;
  const marks = [
    { at: 0, label: t('ab.noDifference'), kind: 'zero' },
    { at: toleratedOf(kpi), label: t('ab.tolerated'), kind: 'tolerated' },
    { at: wantedOf(kpi), label: t('ab.wanted'), kind: 'wanted' },
  ].flatMap(({ at, ...mark }) => (at === null ? [] : [{ at, ...mark }]));
  return (
    <div className={styles['interval']} data-verdict={verdict}>
      <svg viewBox={`0 0 ${barWidth} 18`} preserveAspectRatio="none" aria-hidden>
        {marks.map(({ at, kind }) => (
          <line key={kind} data-kind={kind} x1={x(at)} x2={x(at)} y1={0} y2={18} vectorEffect="non-scaling-stroke" />
        ))}
        <rect x={x(low)} width={Math.max(1, x(high) - x(low))} y={5} height={8} />
        <line data-kind="estimate" x1={x(estimate)} x2={x(estimate)} y1={2} y2={16} vectorEffect="non-scaling-stroke" />
      </svg>
      <ul className={styles['marks']}>
        {marks.map(({ at, label, kind }) => (
          <li key={kind} data-kind={kind}>
            {label}
            {at !== 0 && ` ${show.difference(at)}`}
          </li>
        ))}
      </ul>
    </div>
  );
}

interface KpiFormat {
  value: (value: number) => string;
  difference: (value: number) => string;
  signed: (value: number, show: (value: number) => string) => string;
}

/** Rates as per cent and their differences in points, whatever else as numbers; differences carry their sign. */
export function useKpiFormat({ kind, value: source }: Kpi): KpiFormat {
  const { t } = useTranslation();
  const format = useFormat();
  const signed: KpiFormat['signed'] = (value, show) => `${value > 0 ? '+' : ''}${show(value)}`;
  if (kind === 'rate')
    return {
      signed,
      value: (value) => format.share(value, 2),
      difference: (value) => `${signed(value, (each) => format.number(each * 100, 2))} ${t('ab.points')}`,
    };
  const time = 'decision' in source && source.decision === 'latency-ms';
  const show = (value: number): string => `${format.brief(value)}${time ? ' ms' : ''}`;
  return { signed, value: show, difference: (value) => signed(value, show) };
}
