import { useEffect, useMemo, useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useFormat } from '../format/use-format.ts';
import { useColours, type Colours, type Token } from './colours.ts';
import styles from './time-chart.module.css';
import { useWidth } from './use-width.ts';

export interface ChartSeries {
  readonly label: string;
  readonly values: readonly (number | null)[];
  readonly token: Token;
  readonly dash?: number[];
}

interface TimeChartProps {
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
  height?: number;
}

interface Drawn extends TimeChartProps {
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
  ctx.fillText(limit.label, bbox.left + bbox.width, y - 5 * devicePixelRatio);
  ctx.restore();
}

function optionsOf(drawn: Drawn, width: number): uPlot.Options {
  const { colours, series, height = 200, formatValue, format, limit, steps = false } = drawn;
  const font = `12px ${getComputedStyle(document.documentElement).fontFamily}`;
  const axis = { stroke: colours['ink-soft'], font, ticks: { show: false } };
  return {
    width,
    height,
    ms: 1,
    padding: [12, 8, 0, 0],
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
      { ...axis, grid: { show: false }, size: 28, space: 90, values: (_, times) => times.map(format) },
      {
        ...axis,
        grid: { stroke: colours.line, width: 1 },
        size: 66,
        space: 42,
        values: (_, values) => values.map((value) => formatValue(value)),
      },
    ],
    series: [
      { label: drawn.timeLabel, value: (_, time) => (time == null ? '–' : format(time)) },
      ...series.map(({ label, token, dash }) => ({
        label,
        stroke: colours[token],
        width: 1.75,
        ...(dash === undefined ? {} : { dash }),
        points: { show: series[0]?.values.length === 1 },
        value: (_: uPlot, value: number | null) => (value == null ? '–' : formatValue(value)),
      })),
    ],
    hooks: { draw: [(plot) => drawLimit(plot, drawn)] },
  };
}

/** Lines over time, with the same figures as a table. */
export function TimeChart(props: TimeChartProps): ReactNode {
  const { t } = useTranslation();
  const { clock, language } = useFormat();
  const colours = useColours();
  const [frame, width] = useWidth<HTMLDivElement>();
  const plot = useRef<uPlot>(undefined);
  const { times, series, label } = props;
  const format = props.formatTime ?? clock;
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
    // Made anew only when its shape changes; new figures are set below.
  }, [width, colours, language, shape, props.limit?.value]);
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

function FiguresTable(props: TimeChartProps & { format: (time: number) => string }): ReactNode {
  const { times, series, formatValue, format } = props;
  const last = times
    .map((_, index) => index)
    .slice(-40)
    .reverse();
  return (
    <div className={styles['scroll']} tabIndex={0} role="region" aria-label={props.label}>
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
    </div>
  );
}
