import type { ReactNode } from 'react';
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

const height = 168;
const inset = { top: 20, right: 8, bottom: 22, left: 62 };

/** A release's evidence over time: the estimate, its band closing in, the limit that decides, a mark for each step. */
export function EvidenceChart(props: EvidenceChartProps): ReactNode {
  const [frame, width] = useWidth<HTMLDivElement>();
  return (
    <div ref={frame} className={styles['frame']} style={{ height }}>
      {width > 0 && props.points.length > 0 && <Plot {...props} width={width} />}
    </div>
  );
}

function Plot(props: EvidenceChartProps & { width: number }): ReactNode {
  const { label, points, limit, incumbent, formatValue, stepLabel, width } = props;
  const format = useFormat();
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined) return null;
  const right = width - inset.right;
  const bottom = height - inset.bottom;
  const x = linear([first.atMs, last.atMs === first.atMs ? first.atMs + 1 : last.atMs], [inset.left, right - 4]);
  const y = linear(evidenceDomain(points, limit.value), [bottom, inset.top]);
  const marks = points.filter((point, index) => index === 0 || point.step !== points[index - 1]?.step);
  return (
    <svg className={styles['plot']} width={width} height={height} role="img" aria-label={label}>
      <clipPath id={`clip-${first.atMs}-${width}`}>
        <rect x={inset.left} y={inset.top} width={right - inset.left} height={bottom - inset.top} />
      </clipPath>
      {marks.map((point) => (
        <g key={point.step} className={styles['mark']}>
          <line x1={x(point.atMs)} x2={x(point.atMs)} y1={inset.top - 4} y2={bottom} />
          <text x={x(point.atMs) + 4} y={inset.top - 8}>
            {stepLabel(point.step)}
          </text>
        </g>
      ))}
      <g clipPath={`url(#clip-${first.atMs}-${width})`}>
        <Band points={points} x={x} y={y} />
      </g>
      {incumbent && (
        <Level
          className={styles['incumbent']}
          {...incumbent}
          y={y}
          right={right}
          below={limit.value > incumbent.value}
        />
      )}
      <Level className={styles['limit']} {...limit} y={y} right={right} below={false} />
      {[0, limit.value].map((value) => (
        <text key={value} className={styles['tick']} x={inset.left - 8} y={y(value) + 4}>
          {formatValue(value)}
        </text>
      ))}
      <text className={styles['time']} x={inset.left} y={height - 6}>
        {format.clock(first.atMs)}
      </text>
      <text className={styles['time']} data-end x={right} y={height - 6}>
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
  value: number;
  y: Scale;
  right: number;
  /** Its word stands under the line. */
  below: boolean;
}

function Level({ className, label, value, y, right, below }: LevelProps): ReactNode {
  return (
    <g className={className}>
      <line x1={inset.left} x2={right} y1={y(value)} y2={y(value)} />
      <text x={inset.left + 6} y={y(value) + (below ? 14 : -5)}>
        {label}
      </text>
    </g>
  );
}
