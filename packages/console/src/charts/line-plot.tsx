import { useEffect, useMemo, useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useFormat } from '../format/use-format.ts';
import { useColours, type Colours, type Token } from './colours.ts';
import styles from './line-plot.module.css';
import { useWidth } from './use-width.ts';

interface ChartSeries {
  readonly label: string;
  readonly values: readonly (number | null)[];
  readonly token: Token;
  readonly dash?: number[];
}

export interface LinePlotProps {
  /** Read out as the chart's name. */
  label: string;
  /** Name of the horizontal axis, for the table beside the chart. */
  timeLabel: string;
  times: readonly number[];
  series: readonly ChartSeries[];
  limit?: { label: string; value: number } | undefined;
  formatValue: (value: number) => string;
  /** In place of the time of day. */
  formatTime?: (time: number) => string;
  /** `times` are steps, not ms. */
  steps?: boolean;
  /** Lines go on over gaps: series that share an axis and not their points. */
  joined?: boolean;
  height?: number;
}

const second = 1_000;
const hour = 3_600 * second;
/** Distances between the marks of a time axis, ms. */
const timeIncrements = [
  ...[1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_200, 1_800].map((seconds) => seconds * second),
  ...[1, 2, 3, 6, 12, 24, 48, 96, 168, 336, 720].map((hours) => hours * hour),
];
const stepIncrements = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 1e4, 1e5, 1e6, 1e7, 1e8];

interface Drawn extends LinePlotProps {
  colours: Colours;
  format: (time: number) => string;
}

function drawLimit(plot: uPlot, { limit, colours }: Drawn): void {
  if (limit === undefined) return;
  const y = Math.round(plot.valToPos(limit.value, 'y', true));
  if (y < plot.bbox.top || y > plot.bbox.top + plot.bbox.height) return;
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = colours.honghwa;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.fillStyle = colours.honghwa;
  ctx.textAlign = 'right';
  ctx.textBaseline = 'bottom';
  ctx.fillText(limit.label, bbox.left + bbox.width, y - 3 * devicePixelRatio);
  ctx.restore();
}

function optionsOf(drawn: Drawn, width: number): uPlot.Options {
  const { colours, series, height = 200, formatValue, format, limit, steps = false, joined = false } = drawn;
  const font = `12px ${getComputedStyle(document.documentElement).fontFamily}`;
  const axis = { stroke: colours['ink-soft'], font, ticks: { show: false } };
  return {
    width,
    height,
    ms: 1,
    padding: [12, 18, 0, 0],
    focus: { alpha: 1 },
    cursor: { points: { size: 7 }, y: false },
    scales: {
      x: { time: !steps },
      y: {
        range: (_, low, high) => {
          const top = limit === undefined ? high : Math.max(high, limit.value);
          const room = (top - low || Math.abs(top) || 1) * 0.12;
          return [low >= 0 && low < room * 4 ? 0 : low - room, top + room];
        },
      },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 28,
        space: 110,
        incrs: steps ? stepIncrements : timeIncrements,
        values: (_, times) => times.map(format),
      },
      {
        ...axis,
        grid: { stroke: colours.line, width: 1 },
        size: 66,
        space: 34,
        values: (_, values) => values.map((value) => formatValue(value)),
      },
    ],
    series: [
      { label: drawn.timeLabel, value: (_, time) => (time == null ? '–' : format(time)) },
      ...series.map(({ label, token, dash }) => ({
        label,
        stroke: colours[token],
        width: 1.75,
        spanGaps: joined,
        ...(dash === undefined ? {} : { dash }),
        points: { show: series[0]?.values.length === 1 },
        value: (_: uPlot, value: number | null) => (value == null ? '–' : formatValue(value)),
      })),
    ],
    hooks: { draw: [(plot) => drawLimit(plot, drawn)] },
  };
}

/** Lines over time, with the same figures as a table. */
export function LinePlot(props: LinePlotProps): ReactNode {
  const { t } = useTranslation();
  const words = useFormat();
  const colours = useColours();
  const [frame, width] = useWidth<HTMLDivElement>();
  const plot = useRef<uPlot>(undefined);
  const { times, series, label } = props;
  const format = props.formatTime ?? words.clock;
  const data = useMemo<uPlot.AlignedData>(
    () => [[...times], ...series.map(({ values }) => [...values])],
    [times, series],
  );
  const shape = series.map((each) => each.label).join('|');

  useEffect(() => {
    const host = frame.current;
    if (host === null || width === 0) return;
    const made = new uPlot(optionsOf({ ...props, colours, format }, width), data, host);
    plot.current = made;
    return () => {
      made.destroy();
      plot.current = undefined;
    };
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- made anew only when its shape changes; new figures are set below.
  }, [width, colours, words.language, shape, props.limit?.value]);
  useEffect(() => plot.current?.setData(data), [data]);

  return (
    <figure className={styles['chart']} aria-label={label}>
      <div ref={frame} aria-hidden style={{ minHeight: (props.height ?? 200) + 28 }} />
      <details>
        <summary>{t('chart.asTable')}</summary>
        <FiguresTable {...props} format={format} />
      </details>
    </figure>
  );
}

function FiguresTable(props: LinePlotProps & { format: (time: number) => string }): ReactNode {
  const { times, series, formatValue, format } = props;
  const last = times
    .map((_, index) => index)
    .slice(-40)
    .reverse();
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrolls, so the keyboard must reach it (WCAG 2.1.1).
    <section className={styles['scroll']} tabIndex={0} aria-label={props.label}>
      <table>
        <thead>
          <tr>
            <th scope="col">{props.timeLabel}</th>
            {series.map(({ label }) => (
              <th key={label} scope="col">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {last.map((index) => (
            <tr key={index}>
              <th scope="row">{format(times[index] ?? 0)}</th>
              {series.map(({ label, values }) => {
                const value = values[index];
                return <td key={label}>{value == null ? '–' : formatValue(value)}</td>;
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
