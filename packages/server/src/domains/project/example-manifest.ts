import type { Manifest } from '@mulle/contract';

const example: Manifest = {
  schemaVersion: 1,
  project: 'flights',
  sources: [{ kind: 'file', name: 'file', path: 'flights.parquet', format: 'parquet' }],
  datasets: [
    {
      name: 'flights',
      fields: [
        { name: 'origin', type: 'string' },
        { name: 'departure', type: 'timestamp' },
        { name: 'known_at', type: 'timestamp' },
        { name: 'late', type: 'boolean' },
      ],
      eventTime: 'departure',
      checks: [{ kind: 'schema' }],
    },
  ],
  featureViews: [
    {
      name: 'origin',
      entity: ['origin'],
      dataset: 'flights',
      stream: 'delay',
      knownAt: 'known_at',
      aggregates: [{ name: 'late_rate', function: 'mean', field: 'late', window: '24h' }],
    },
  ],
  featureServices: [
    {
      name: 'features',
      eventTime: 'departure',
      features: [
        { name: 'hour', transform: 'hour-of-day', field: 'departure' },
        { name: 'origin_rate', view: 'origin', aggregate: 'late_rate' },
      ],
    },
  ],
  endpoints: [
    {
      name: 'delay',
      inputs: [
        { name: 'origin', type: 'string' },
        { name: 'departure', type: 'timestamp' },
      ],
      featureService: 'features',
      policy: {
        kind: 'canary',
        steps: [
          { weight: 0.1, minSeconds: 0, minSamples: 1 },
          { weight: 0.5, minSeconds: 0, minSamples: 1 },
        ],
        gates: [{ metric: 'error-rate', max: 0.01 }],
        maxSeconds: 600,
        whenInconclusive: 'pause',
      },
      fallback: [{ kind: 'default', score: 0.2 }],
      timeout: '1s',
    },
  ],
  pipelines: [
    {
      name: 'retrain',
      parameters: { seed: 7 },
      tasks: [
        { name: 'ingest', kind: 'ingest', with: { dataset: 'flights', source: 'file' } },
        {
          name: 'validate',
          kind: 'validate',
          dependsOn: ['ingest'],
          with: { dataset: 'flights', parts: '${tasks.ingest.parts}' },
        },
      ],
    },
  ],
  triggers: [
    { name: 'nightly', pipeline: 'retrain', parameters: { seed: 8 }, on: { kind: 'cron', cron: '0 2 * * *' } },
    { name: 'on-drift', pipeline: 'retrain', on: { kind: 'finding', monitor: 'inputs', severity: 'warning' } },
  ],
  monitors: [
    { name: 'inputs', kind: 'drift', endpoint: 'delay', columns: ['hour'] },
    { name: 'quality', kind: 'quality', endpoint: 'delay', label: 'late' },
  ],
};

/** A small sound manifest for suites: every section, every kind of reference. Its file lies in the first root. */
export function exampleManifest(): Manifest {
  return structuredClone(example);
}
