import type { GateReading } from '@mulle/contract';
import { printTable } from './print.ts';

const figure = (value: number | null | undefined): string =>
  value === null || value === undefined ? '' : String(Number(value.toPrecision(4)));

interface Column {
  readonly title: string;
  readonly cell: (reading: GateReading) => string;
  /** Left out where every cell is empty. */
  readonly isOptional?: true;
}

const columns: readonly Column[] = [
  { title: 'gate', cell: ({ gate }) => (gate.metric === 'kpi' ? gate.kpi.name : gate.metric) },
  { title: 'arm', cell: ({ group = '' }) => group, isOptional: true },
  { title: 'part', cell: ({ segment = '' }) => segment, isOptional: true },
  { title: 'verdict', cell: ({ verdict }) => verdict },
  { title: 'challenger', cell: ({ challenger }) => figure(challenger) },
  { title: 'incumbent', cell: ({ incumbent }) => figure(incumbent) },
  { title: 'interval', cell: ({ interval }) => (interval === null ? '' : interval.map(figure).join(' … ')) },
  { title: 'difference', cell: ({ difference }) => figure(difference), isOptional: true },
  { title: 'share', cell: ({ share }) => figure(share), isOptional: true },
  { title: 'P(best)', cell: ({ chanceBest }) => figure(chanceBest), isOptional: true },
  {
    title: 'samples',
    cell: ({ challengerSamples, incumbentSamples }) => `${challengerSamples} / ${incumbentSamples}`,
  },
];

/** What a release was judged by: a row for each gate, arm and part of the traffic. */
export function printReadings(readings: readonly GateReading[]): void {
  const shown = columns.filter(
    ({ cell, isOptional }) => !isOptional || readings.some((reading) => cell(reading) !== ''),
  );
  printTable(
    shown.map(({ title }) => title),
    readings.map((reading) => shown.map(({ cell }) => cell(reading))),
  );
}
