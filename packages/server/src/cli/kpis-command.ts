import type { KpiMeasure } from '@mulle/contract';
import type { Command } from 'commander';
import { print, printTable } from './print.ts';
import { addClientOptions, openSession, type ClientCommandOptions } from './session.ts';

const figure = (value: number | null): string => (value === null ? '' : String(Number(value.toPrecision(4))));

/** With the reach of a 95 % interval read at one look. */
function measureText({ value, error }: KpiMeasure): string {
  return error === null ? figure(value) : `${figure(value)} ± ${figure(1.96 * error)}`;
}

/** `mulle kpis` */
export function addKpisCommand(program: Command): void {
  addClientOptions(
    program.command('kpis').description('declared KPIs as outcomes measured them, beside the metrics of the models'),
  )
    .argument('[endpoint]', 'those of this one only')
    .action(async (endpoint: string | undefined, options: ClientCommandOptions) => {
      const session = openSession(options);
      const query = endpoint === undefined ? {} : { endpoint };
      print(session, await session.control.call('listKpis', { query }), ({ items }) =>
        printTable(
          ['KPI', 'wanted', 'endpoint', 'variant', 'value', 'decisions', 'model metrics'],
          items.flatMap(({ definition: { name, direction, role }, series }) =>
            series.map((one) => [
              name,
              `${direction} (${role})`,
              one.endpoint,
              one.variant,
              measureText(one.total),
              one.total.n,
              Object.entries(one.modelMetrics)
                .map(([metric, value]) => `${metric} ${figure(value)}`)
                .join(', '),
            ]),
          ),
          'No outcome of a declared KPI has come yet. A project declares them with defineKpi.',
        ),
      );
    });
}
