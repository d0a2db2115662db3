import type { Run } from '@mulle/contract';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useWidth } from '../../charts/use-width.ts';
import { useFormat } from '../../format/use-format.ts';
import { axisPlaces } from './differing-parameters.ts';
import styles from './experiments.module.css';

interface ParallelCoordinatesProps {
  runs: readonly Run[];
  parameters: readonly string[];
}

interface Axis {
  readonly name: string;
  readonly values: readonly (string | number | undefined)[];
}

const height = 240;
const inset = { top: 34, bottom: 24, side: 60 };
/** More axes than this cannot be read. */
const axesAtMost = 10;

/** A line for each run through the parameters and metrics that vary; its colour goes by the last of them. */
export function ParallelCoordinates({ runs, parameters }: ParallelCoordinatesProps): ReactNode {
  const { t } = useTranslation();
  const [frame, width] = useWidth<HTMLDivElement>();
  const metrics = [...new Set(runs.flatMap((run) => Object.keys(run.metrics)))];
  const most = Math.min(axesAtMost, Math.max(2, Math.floor(width / 90)));
  const axes = [
    ...parameters.map((name): Axis => ({ name, values: runs.map((run) => run.parameters[name]) })),
    ...metrics.map((name): Axis => ({ name, values: runs.map((run) => run.metrics[name]) })),
  ]
    .filter(({ values }) => new Set(values).size > 1)
    .slice(-most);
  return (
    <figure aria-label={t('run.parallel')}>
      <div ref={frame} style={{ height }}>
        {width > 0 && axes.length > 1 && <Plot runs={runs} axes={axes} width={width} />}
      </div>
    </figure>
  );
}

function Plot({ runs, axes, width }: { runs: readonly Run[]; axes: readonly Axis[]; width: number }): ReactNode {
  const format = useFormat();
  const places = axes.map(({ values }) => axisPlaces(values));
  const x = (index: number): number => inset.side + (index * (width - 2 * inset.side)) / (axes.length - 1);
  const y = (place: number): number => height - inset.bottom - place * (height - inset.top - inset.bottom);
  const show = (value: string | number | undefined): string =>
    typeof value === 'number' ? format.metric(value) : (value ?? '').slice(0, 14);
  return (
    <svg className={styles['parallel']} height={height} aria-hidden>
      {axes.map(({ name, values }, index) => {
        const at = (wanted: number): string => show(values[places[index]?.indexOf(wanted) ?? -1]);
        return (
          <g key={name}>
            <line x1={x(index)} x2={x(index)} y1={y(1)} y2={y(0)} />
            <text x={x(index)} y={12} textAnchor="middle">
              {name.length > 14 ? `${name.slice(0, 13)}…` : name}
            </text>
            <text x={x(index)} y={inset.top - 6} textAnchor="middle">
              {at(1)}
            </text>
            <text x={x(index)} y={height - 6} textAnchor="middle">
              {at(0)}
            </text>
          </g>
        );
      })}
      {runs.map((run, row) => {
        const points = places.flatMap((column, index) => {
          const place = column[row];
          return place == null ? [] : [`${x(index).toFixed(1)} ${y(place).toFixed(1)}`];
        });
        const last = places.at(-1)?.[row] ?? 0.5;
        const share = Math.round(100 * last);
        return (
          <path
            key={run.id}
            d={`M${points.join('L')}`}
            style={{ stroke: `color-mix(in oklab, var(--jjok) ${share}%, var(--chija))` }}
          />
        );
      })}
    </svg>
  );
}
