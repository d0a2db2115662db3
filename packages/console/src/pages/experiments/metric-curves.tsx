import type { MetricSeries } from '@mulle/contract';
import { useMemo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Token } from '../../charts/colours.ts';
import { TimeChart } from '../../charts/time-chart.tsx';
import { useFormat } from '../../format/use-format.ts';
import { Choice } from '../../parts/choice.tsx';
import styles from './experiments.module.css';
import { smoothed } from './smooth.ts';

export type CurveAxis = 'step' | 'time' | 'elapsed';
const axes: readonly CurveAxis[] = ['step', 'time', 'elapsed'];

export function axisOf(text: string | undefined): CurveAxis {
  return axes.find((axis) => axis === text) ?? 'step';
}

interface CurveControlsProps {
  axis: CurveAxis;
  /** 0…0.99. */
  smooth: number;
  onChange: (changed: { axis?: CurveAxis; smooth?: string }) => void;
}

/** By what the curves are drawn, and how calm. */
export function CurveControls({ axis, smooth, onChange }: CurveControlsProps): ReactNode {
  const { t } = useTranslation();
  return (
    <div className={styles['controls']}>
      <Choice
        label={t('run.axis')}
        value={axis}
        options={axes.map((each) => [each, t(`run.axisOf.${each}`)] as const)}
        onChange={(value) => onChange({ axis: value })}
      />
      <label>
        {t('run.smooth')}
        <input
          type="range"
          min={0}
          max={0.99}
          step={0.01}
          value={smooth}
          onChange={({ target }) => onChange({ smooth: target.value })}
        />
        <output title={t('run.smooth')}>{smooth.toFixed(2)}</output>
      </label>
    </div>
  );
}

const tokens: readonly Token[] = ['jjok', 'jacho', 'chija', 'ssuk', 'honghwa', 'ink-soft', 'ink'];

/** More lines than this cannot be told apart. */
export const curvesAtMost = tokens.length;

interface MetricCurvesProps {
  metric: string;
  /** One for each run, in the order of the colours. */
  series: readonly MetricSeries[];
  nameOf: (runId: string) => string;
  axis: CurveAxis;
  smooth: number;
}

/** One metric of one run or several on one axis; down-sampled by the server and labelled so. */
export function MetricCurves({ metric, series, nameOf, axis, smooth }: MetricCurvesProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { times, lines } = useMemo(() => alignSeries(series, axis, smooth), [series, axis, smooth]);
  const bucket = Math.max(1, ...series.map((each) => each.bucket));
  const axisFormat: { formatTime?: (value: number) => string } =
    axis === 'time' ? {} : { formatTime: (value) => (axis === 'step' ? format.number(value) : format.duration(value)) };
  return (
    <section className={styles['curve']} aria-label={metric}>
      <header>
        <h3>{metric}</h3>
        {bucket > 1 && <span>{t('run.downsampled', { formatted: format.number(bucket) })}</span>}
      </header>
      <TimeChart
        label={metric}
        timeLabel={t(`run.axisOf.${axis}`)}
        steps={axis !== 'time'}
        joined
        times={times}
        {...axisFormat}
        series={series.map(({ runId }, index) => ({
          label: nameOf(runId),
          token: tokens[index % tokens.length] ?? 'jjok',
          values: lines[index] ?? [],
        }))}
        formatValue={(value) => format.number(value, 4)}
        height={180}
      />
    </section>
  );
}

/** All series on one axis: the union of where they have values, with gaps between. */
function alignSeries(
  series: readonly MetricSeries[],
  axis: CurveAxis,
  smooth: number,
): { times: number[]; lines: (number | null)[][] } {
  const placed = series.map((each) => {
    const first = each.timeMs[0] ?? 0;
    const at = axis === 'step' ? each.step : axis === 'time' ? each.timeMs : each.timeMs.map((ms) => ms - first);
    return new Map(smoothed(each.mean, smooth).map((value, index) => [at[index] ?? 0, value]));
  });
  const times = [...new Set(placed.flatMap((each) => [...each.keys()]))].sort((a, b) => a - b);
  return { times, lines: placed.map((each) => times.map((time) => each.get(time) ?? null)) };
}
