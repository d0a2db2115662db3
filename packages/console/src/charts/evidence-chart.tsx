import { useId, type ReactNode } from 'react';
import { useFormat } from '../format/use-format.ts';
import styles from './evidence-chart.module.css';
import { evidenceDomain, linear, type EvidencePoint, type Scale } from './evidence-scale.ts';
import { useWidth } from './use-width.ts';

interface EvidenceChartProps {
  /** Says in words what is drawn. */
  label: string;
  points: readonly EvidencePoint[];
  limit: { label: string; value: number };
  /** The incumbent's line: zero where the difference is judged. */
  incumbent: { label: string; value: number } | null;
  /** Word at a step mark, such as `25 %`. */
  stepLabel: (step: number) => string;
  formatValue: (value: number) => string;
}

const height = 176;
const inset = { top: 24, right: 2, bottom: 22, left: 58 };

/** A release's evidence over time: the estimate, its band closing in, the limit that decides, a mark for each step. */
export function EvidenceChart(props: EvidenceChartProps): ReactNode {
  const [frame, width] = useWidth<HTMLDivElement>();
  return (
    <figure aria-label={props.label}>
      <div ref={frame} className={styles['frame']} style={{ height }}>
        {width > 0 && props.points.length > 0 && <Plot {...props} width={width} />}
      </div>
    </figure>
  );
}

function Plot(props: EvidenceChartProps & { width: number }): ReactNode {
  const { points, limit, incumbent, formatValue, stepLabel, width } = props;
  const clip = useId();
  const format = useFormat();
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined) return null;
  const right = width - inset.right;
  const bottom = height - inset.bottom;
  const { range, limitAbove } = evidenceDomain(points, limit.value, incumbent?.value ?? 0);
  const x = linear([first.atMs, last.atMs === first.atMs ? first.atMs + 1 : last.atMs], [inset.left, right - 6]);
  const y = linear(range, [bottom, inset.top]);
  const mark = limitAbove ? last.high : limit.value;
  const ticks = Math.abs(y(0) - y(mark)) > 14 ? [0, mark] : [mark];
  const marks = points.filter((point, index) => index === 0 || point.step !== points[index - 1]?.step);
  return (
    <svg className={styles['plot']} width={width} height={height} aria-hidden>
      <clipPath id={clip}>
        <rect x={inset.left} y={inset.top} width={right - inset.left} height={bottom - inset.top} />
      </clipPath>
      {marks.map((point) => (
        <g key={point.step} className={styles['mark']}>
          <line x1={x(point.atMs)} x2={x(point.atMs)} y1={inset.top - 12} y2={bottom} />
          <text x={x(point.atMs) + 4} y={inset.top - 4}>
            {stepLabel(point.step)}
          </text>
        </g>
      ))}
      <g clipPath={`url(#${clip})`}>
        <Band points={points} x={x} y={y} />
      </g>
      {incumbent && (
        <Level
          className={styles['incumbent']}
          label={incumbent.label}
          y={y(incumbent.value)}
          right={right}
          below={range[0] < 0 && y(incumbent.value) + 16 < bottom}
          atStart
        />
      )}
      {limitAbove ? (
        <g className={styles['limit']}>
          <text x={right} y={inset.top + 12} data-end>
            ↑ {limit.label} {formatValue(limit.value)}
          </text>
        </g>
      ) : (
        <Level className={styles['limit']} label={limit.label} y={y(limit.value)} right={right} below={false} />
      )}
      {ticks.map((value) => (
        <text key={value} className={styles['tick']} x={inset.left - 8} y={y(value) + 4}>
          {formatValue(value)}
        </text>
      ))}
      <text x={inset.left} y={height - 5}>
        {format.clock(first.atMs)}
      </text>
      <text data-end x={right} y={height - 5}>
        {format.clock(last.atMs)}
      </text>
    </svg>
  );
}

function Band({ points, x, y }: { points: readonly EvidencePoint[]; x: Scale; y: Scale }): ReactNode {
  const at = (point: EvidencePoint, value: number): string => `${x(point.atMs).toFixed(1)} ${y(value).toFixed(1)}`;
  const upper = points.map((point) => at(point, point.high));
  const lower = points.map((point) => at(point, point.low)).reverse();
  const line = points.map((point) => at(point, point.estimate));
  const last = points.at(-1);
  if (last === undefined) return null;
  return (
    <>
      <path className={styles['band']} d={`M${[...upper, ...lower].join('L')}Z`} />
      <path className={styles['estimate']} d={`M${line.join('L')}`} />
      <line className={styles['estimate']} x1={x(last.atMs)} x2={x(last.atMs)} y1={y(last.low)} y2={y(last.high)} />
      <circle className={styles['now']} cx={x(last.atMs)} cy={y(last.estimate)} r={4.5} />
    </>
  );
}

interface LevelProps {
  className: string | undefined;
  label: string;
  y: number;
  right: number;
  /** Its word stands under the line. */
  below: boolean;
  /** Its word stands at the left, where the limit's is not. */
  atStart?: boolean;
}

function Level({ className, label, y, right, below, atStart = false }: LevelProps): ReactNode {
  return (
    <g className={className}>
      <line x1={inset.left} x2={right} y1={y} y2={y} />
      <text data-end={atStart ? undefined : true} x={atStart ? inset.left + 6 : right} y={y + (below ? 14 : -5)}>
        {label}
      </text>
    </g>
  );
}
