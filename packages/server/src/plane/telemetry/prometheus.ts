import type { EndpointCounters } from './endpoint-metrics.ts';

export interface ProcessFigures {
  process: string;
  decisionsDropped: number;
  definitionsVersion: number;
  controlConnected: boolean;
}

const escape = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

/** Prometheus text format 0.0.4: the counters of each endpoint since the start, and the process's own figures. */
export function prometheusText(endpoints: ReadonlyMap<string, EndpointCounters>, figures: ProcessFigures): string {
  const lines: string[] = [];
  const family = (
    name: string,
    type: 'counter' | 'gauge' | 'histogram',
    help: string,
    samples: (endpoint: string, counters: EndpointCounters) => [suffix: string, labels: string, value: number][],
  ): void => {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
    for (const [endpoint, counters] of endpoints) {
      for (const [suffix, labels, value] of samples(endpoint, counters)) {
        lines.push(`${name}${suffix}{endpoint="${escape(endpoint)}"${labels}} ${value}`);
      }
    }
  };
  const by = (label: string, counts: Record<string, number>): [string, string, number][] =>
    Object.entries(counts).map(([value, count]) => ['', `,${label}="${escape(value)}"`, count]);

  family('mulle_requests_total', 'counter', 'Inference requests.', (_, { requests }) => [['', '', requests]]);
  family('mulle_request_failures_total', 'counter', 'Requests answered with an error, by code.', (_, { byErrorCode }) =>
    by('code', byErrorCode),
  );
  family('mulle_answers_total', 'counter', 'Answers by where they came from.', (_, { bySource }) =>
    by('source', bySource),
  );
  family('mulle_cache_lookups_total', 'counter', 'Questions looked up among kept answers.', (_, { cacheLookups }) =>
    by('result', cacheLookups),
  );
  family('mulle_variant_answers_total', 'counter', 'Answers by variant.', (_, { byVariant }) =>
    by('variant', byVariant),
  );
  family('mulle_request_duration_seconds', 'histogram', 'Time from the first byte to the answer.', (_, { latency }) => [
    ...latency
      .cumulative()
      .map(({ boundMs, count }): [string, string, number] => [
        '_bucket',
        `,le="${Number((boundMs / 1_000).toPrecision(4))}"`,
        count,
      ]),
    ['_bucket', ',le="+Inf"', latency.count],
    ['_sum', '', latency.sumMs / 1_000],
    ['_count', '', latency.count],
  ]);
  family('mulle_batches_total', 'counter', 'Batches that model hosts answered.', (_, { batches }) => [
    ['', '', batches],
  ]);
  family('mulle_batch_rows_total', 'counter', 'Rows in those batches.', (_, { batchRows }) => [['', '', batchRows]]);
  family('mulle_shadow_copies_total', 'counter', 'Requests copied to a variant in the shadow.', (_, { copies }) => [
    ['', '', copies],
  ]);
  family(
    'mulle_shadow_copies_dropped_total',
    'counter',
    'Copies that were dropped under load.',
    (_, { copiesDropped }) => [['', '', copiesDropped]],
  );
  const { process, decisionsDropped, definitionsVersion, controlConnected } = figures;
  const own = (name: string, type: string, help: string, value: number): void => {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, `${name}{process="${escape(process)}"} ${value}`);
  };
  own('mulle_decisions_dropped_total', 'counter', 'Decisions that were not recorded.', decisionsDropped);
  own('mulle_definitions_version', 'gauge', 'Version of the definitions that are served.', definitionsVersion);
  own('mulle_control_connected', 'gauge', 'Whether control is connected.', Number(controlConnected));
  return `${lines.join('\n')}\n`;
}
