import type { Manifest, ReleasePolicy, Task } from '@mulle/contract';

/** The project that the mock server tells of: flight delays, as a team would define it. */
export const policy = {
  kind: 'canary',
  steps: [
    { weight: 0.05, minSeconds: 120, minSamples: 500 },
    { weight: 0.25, minSeconds: 300, minSamples: 2_000 },
    { weight: 1, minSeconds: 600, minSamples: 4_000 },
  ],
  gates: [
    { metric: 'error-rate', max: 0.01 },
    { metric: 'latency-p95', maxMs: 300 },
    { metric: 'log-loss', label: 'late', margin: 0.02, alpha: 0.05 },
  ],
  maxSeconds: 3_600,
  whenInconclusive: 'pause',
} as const satisfies ReleasePolicy;

const trainAndRelease: Task[] = [
  { name: 'ingest', kind: 'ingest', retries: 1, with: { dataset: 'flights', source: 'flights-landed' } },
  {
    name: 'validate',
    kind: 'validate',
    dependsOn: ['ingest'],
    with: { dataset: 'flights', parts: '${tasks.ingest.parts}' },
  },
  {
    name: 'features',
    kind: 'build-features',
    dependsOn: ['validate'],
    with: {
      featureService: 'flight-features',
      dataset: 'flights',
      datasetVersion: '${tasks.validate.datasetVersion}',
      label: 'late',
    },
  },
  {
    name: 'train-trees',
    kind: 'train',
    dependsOn: ['features'],
    with: {
      experiment: 'flight-delay',
      algorithm: 'gradient-boosting',
      trainingSet: '${tasks.features.trainingSet}',
      holdout: '3d',
      seed: '${parameters.seed}',
    },
  },
  {
    name: 'train-logistic',
    kind: 'train',
    dependsOn: ['features'],
    with: {
      experiment: 'flight-delay',
      algorithm: 'logistic-regression',
      trainingSet: '${tasks.features.trainingSet}',
    },
  },
  {
    name: 'evaluate',
    kind: 'evaluate',
    dependsOn: ['train-trees', 'train-logistic'],
    with: {
      trainingSet: '${tasks.features.trainingSet}',
      model: '${tasks.train-trees.model}',
      champion: 'flight-delay@champion',
      metric: 'logLoss',
      maxRegression: 0.01,
      baselines: ['base-rate', { groupBy: 'route_late_rate_7d' }],
    },
  },
  {
    name: 'register',
    kind: 'register',
    dependsOn: ['evaluate'],
    with: {
      model: 'flight-delay',
      artifact: '${tasks.train-trees.model}',
      features: '${tasks.train-trees.features}',
      aliases: ['latest-trained'],
    },
  },
  {
    name: 'release',
    kind: 'release',
    dependsOn: ['register'],
    with: { endpoint: 'flight-delay', model: 'flight-delay', version: '${tasks.register.version}', wait: true },
  },
];

const rates = ['3h', '24h', '7d'].map((window) => ({
  name: `late_rate_${window}`,
  function: 'mean' as const,
  field: 'late',
  window,
}));
const view = (name: string, entity: string[]) => ({
  name,
  entity,
  description: `Share of late arrivals by ${entity.join(' and ')}`,
  owner: 'jisu',
  dataset: 'flights',
  stream: 'flight-delay',
  knownAt: 'known_at',
  aggregates: rates,
});

export const project: Manifest = {
  schemaVersion: 1,
  project: 'flights',
  sources: [{ kind: 'outcomes', name: 'flights-landed', endpoint: 'flight-delay' }],
  datasets: [
    {
      name: 'flights',
      description: 'US domestic flights, a row each, known when it has landed',
      eventTime: 'departure',
      fields: [
        { name: 'departure', type: 'timestamp' },
        { name: 'origin', type: 'string' },
        { name: 'destination', type: 'string' },
        { name: 'distance', type: 'integer', unit: 'mi', minimum: 1, maximum: 5_000 },
        { name: 'delay', type: 'integer', unit: 'min', minimum: -1_440, maximum: 2_880 },
        { name: 'known_at', type: 'timestamp' },
        { name: 'late', type: 'boolean' },
      ],
      checks: [{ kind: 'schema' }, { kind: 'rows', minimum: 1_000 }, { kind: 'distribution' }],
    },
  ],
  featureViews: [
    view('origin', ['origin']),
    view('destination', ['destination']),
    view('route', ['origin', 'destination']),
  ],
  featureServices: [
    {
      name: 'flight-features',
      eventTime: 'departure',
      features: [
        { name: 'hour', transform: 'hour-of-day', field: 'departure' },
        { name: 'weekday', transform: 'day-of-week', field: 'departure' },
        { name: 'distance', transform: 'identity', field: 'distance' },
        ...['origin', 'destination', 'route'].flatMap((name) =>
          rates.map((rate) => ({ name: `${name}_${rate.name}`, view: name, aggregate: rate.name })),
        ),
      ],
    },
  ],
  endpoints: [
    {
      name: 'flight-delay',
      description: 'Probability that a flight arrives 15 minutes late or more',
      inputs: [
        { name: 'origin', type: 'string' },
        { name: 'destination', type: 'string' },
        { name: 'distance', type: 'number', unit: 'mi', minimum: 1, maximum: 5_000 },
        { name: 'departure', type: 'timestamp' },
      ],
      featureService: 'flight-features',
      policy,
      fallback: [{ kind: 'variant' }, { kind: 'stale', maxAge: '3d' }, { kind: 'default', score: 0.2 }],
      timeout: '2s',
      slo: { p95Ms: 300, p99Ms: 500 },
      hosts: 2,
    },
  ],
  pipelines: [
    {
      name: 'retrain',
      description: 'The days that have landed since: a new version, released by canary',
      parameters: { seed: 7 },
      tasks: trainAndRelease,
    },
    {
      name: 'backtest',
      description: 'Other models on the very requests that were answered',
      tasks: trainAndRelease.slice(0, 3),
    },
  ],
  triggers: [
    { name: 'every-day', pipeline: 'retrain', on: { kind: 'event-time', endpoint: 'flight-delay', every: '1d' } },
    {
      name: 'on-drift',
      pipeline: 'retrain',
      on: { kind: 'finding', monitor: 'inputs', severity: 'warning' },
      cooldown: '30m',
    },
  ],
  monitors: [
    { name: 'inputs', kind: 'drift', endpoint: 'flight-delay', columns: ['distance'], windowRows: 1_000 },
    {
      name: 'quality',
      kind: 'quality',
      endpoint: 'flight-delay',
      label: 'late',
      windowRows: 2_000,
      maxLogLossIncrease: 0.05,
    },
    { name: 'requests', kind: 'requests', endpoint: 'flight-delay', windowRows: 1_000, maxViolationRate: 0.01 },
  ],
};

const none: Manifest = {
  schemaVersion: 1,
  project: 'new-project',
  sources: [],
  datasets: [],
  featureViews: [],
  featureServices: [],
  endpoints: [],
  pipelines: [],
  triggers: [],
  monitors: [],
};

/** Nothing defined: what a fresh installation shows. */
export const emptyProject = none;

/** The same with thirty tasks, twenty endpoints and long names. */
export const fullProject: Manifest = {
  ...project,
  endpoints: Array.from({ length: 20 }, (_, index) => ({
    ...project.endpoints[0],
    name: index === 0 ? 'flight-delay' : `flight-delay-of-the-north-western-region-${index}`,
    description: 'Probability that a flight arrives 15 minutes late or more',
    inputs: project.endpoints[0]?.inputs ?? [],
    policy,
    fallback: project.endpoints[0]?.fallback ?? [],
    timeout: '2s',
  })),
  pipelines: [
    {
      name: 'retrain',
      parameters: { seed: 7 },
      tasks: [
        ...trainAndRelease.slice(0, 3),
        ...Array.from({ length: 24 }, (_, index) => ({
          name: `train-region-${index + 1}`,
          kind: 'train' as const,
          dependsOn: ['features'],
          with: {
            experiment: 'flight-delay',
            algorithm: 'gradient-boosting' as const,
            trainingSet: '${tasks.features.trainingSet}',
          },
        })),
        {
          ...trainAndRelease[5],
          dependsOn: Array.from({ length: 24 }, (_, index) => `train-region-${index + 1}`),
        } as Task,
        ...trainAndRelease.slice(6),
      ],
    },
  ],
};
