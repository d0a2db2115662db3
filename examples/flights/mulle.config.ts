import {
  defineDataset,
  defineEndpoint,
  defineFeatureService,
  defineFeatureView,
  defineMonitor,
  definePipeline,
  defineProject,
  defineSource,
  defineTrigger,
} from '@mulle/client';
import { flightsPath, milesPerMinute } from './flight-data.ts';

// Will this flight arrive 15 minutes late or more? Asked at the scheduled departure.

const history = defineSource({
  name: 'flights-history',
  kind: 'file',
  format: 'parquet',
  path: flightsPath,
  select: `
    SELECT date AS departure, origin, destination, distance, delay,
      date + to_minutes(greatest(1, round(distance / ${milesPerMinute}) + delay)::INTEGER) AS known_at,
      delay >= 15 AS late
    FROM source`,
});

const landed = defineSource({ name: 'flights-landed', kind: 'outcomes', endpoint: 'flight-delay' });

const flights = defineDataset({
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
});

const lateRates = (name: string, entity: string[]) =>
  defineFeatureView({
    name,
    entity,
    dataset: flights.name,
    stream: 'flight-delay',
    knownAt: 'known_at',
    aggregates: [
      { name: 'late_rate_3h', function: 'mean', field: 'late', window: '3h' },
      { name: 'late_rate_24h', function: 'mean', field: 'late', window: '24h' },
      { name: 'late_rate_7d', function: 'mean', field: 'late', window: '7d' },
    ],
  });

const views = [
  lateRates('origin', ['origin']),
  lateRates('destination', ['destination']),
  lateRates('route', ['origin', 'destination']),
];

const features = defineFeatureService({
  name: 'flight-features',
  eventTime: 'departure',
  features: [
    { name: 'hour', transform: 'hour-of-day', field: 'departure' },
    { name: 'weekday', transform: 'day-of-week', field: 'departure' },
    { name: 'distance', transform: 'identity', field: 'distance' },
    ...views.flatMap((view) =>
      view.aggregates.map((aggregate) => ({
        name: `${view.name}_${aggregate.name}`,
        view: view.name,
        aggregate: aggregate.name,
      })),
    ),
  ],
});

const endpoint = defineEndpoint({
  name: 'flight-delay',
  description: 'Probability that a flight arrives 15 minutes late or more',
  inputs: [
    { name: 'origin', type: 'string' },
    { name: 'destination', type: 'string' },
    { name: 'distance', type: 'number', unit: 'mi', minimum: 1, maximum: 5_000 },
    { name: 'departure', type: 'timestamp' },
  ],
  featureService: features.name,
  policy: {
    kind: 'canary',
    steps: [
      { weight: 0.05, minSeconds: 2, minSamples: 150 },
      { weight: 0.25, minSeconds: 2, minSamples: 500 },
      { weight: 0.5, minSeconds: 2, minSamples: 1_000 },
    ],
    gates: [
      { metric: 'error-rate', max: 0.01 },
      { metric: 'latency-p95', maxMs: 300 },
      { metric: 'log-loss', label: 'late', margin: 0.05 },
    ],
    maxSeconds: 900,
    whenInconclusive: 'rollback',
  },
  fallback: [{ kind: 'variant' }, { kind: 'stale', maxAge: '3d' }, { kind: 'default', score: 0.2 }],
  timeout: '2s',
  slo: { p95Ms: 300, p99Ms: 500 },
});

type Tasks = Parameters<typeof definePipeline>[0]['tasks'];

interface Ingest {
  until?: string;
  lateness?: string;
}

/** From a source to a training set. */
const prepare = (source: string, ingest: Ingest, validate: { when?: string }) =>
  [
    { name: 'ingest', kind: 'ingest', retries: 1, with: { dataset: flights.name, source, ...ingest } },
    {
      name: 'validate',
      kind: 'validate',
      dependsOn: ['ingest'],
      ...validate,
      with: { dataset: flights.name, parts: '${tasks.ingest.parts}' },
    },
    {
      name: 'features',
      kind: 'build-features',
      dependsOn: ['validate'],
      with: {
        featureService: features.name,
        dataset: flights.name,
        datasetVersion: '${tasks.validate.datasetVersion}',
        label: 'late',
        // The longest window is 7 days: rows before it fills would be taught with empty features.
        from: '2001-01-08',
        maxRows: 600_000,
      },
    },
  ] satisfies Tasks;

/** From a training set to a released version. */
const learn = [
  {
    name: 'train',
    kind: 'train',
    dependsOn: ['features'],
    with: {
      experiment: 'flight-delay',
      algorithm: 'gradient-boosting',
      // Half of the columns for each tree: as good on these, and twice as quick.
      hyperparameters: { columnSample: 0.5 },
      trainingSet: '${tasks.features.trainingSet}',
      holdout: '2d',
      refit: true,
      seed: '${parameters.seed}',
    },
  },
  {
    name: 'evaluate',
    kind: 'evaluate',
    dependsOn: ['train'],
    with: {
      trainingSet: '${tasks.features.trainingSet}',
      model: '${tasks.train.judged}',
      holdout: '2d',
      champion: 'endpoint:flight-delay',
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
      artifact: '${tasks.train.model}',
      features: '${tasks.train.features}',
      metrics: '${tasks.train.metrics}',
      runId: '${tasks.train.runId}',
      featureService: features.name,
      dataset: flights.name,
      datasetVersion: '${tasks.validate.datasetVersion}',
      aliases: ['latest-trained'],
    },
  },
  {
    name: 'release',
    kind: 'release',
    dependsOn: ['register'],
    timeout: '10m',
    with: { endpoint: endpoint.name, model: 'flight-delay', version: '${tasks.register.version}', wait: true },
  },
] satisfies Tasks;

/** The same steps for the first model and every later one. */
const trainAndRegister = (source: string, ingest: Ingest, validate = {}): Tasks => [
  ...prepare(source, ingest, validate),
  ...learn,
];

const firstModel = definePipeline({
  name: 'first-model',
  description: 'January from the file: the first version, released at once',
  parameters: { seed: 7 },
  tasks: trainAndRegister(history.name, { until: '2001-02-01' }),
});

const retrain = definePipeline({
  name: 'retrain',
  description: 'The days that have landed since: a new version, released by canary',
  parameters: { seed: 7 },
  // Where no day has come in since, there is nothing to learn.
  tasks: trainAndRegister(landed.name, { lateness: '6h' }, { when: '${tasks.ingest.rows}' }),
});

const constantModel = definePipeline({
  name: 'constant-model',
  description: 'A model that answers one half whatever is asked: to see a canary take it back',
  tasks: [
    {
      name: 'features',
      kind: 'build-features',
      with: {
        featureService: features.name,
        dataset: flights.name,
        datasetVersion: 'latest',
        label: 'late',
        maxRows: 1_000,
      },
    },
    {
      name: 'train',
      kind: 'train',
      dependsOn: ['features'],
      with: {
        experiment: 'flight-delay',
        algorithm: 'constant',
        trainingSet: '${tasks.features.trainingSet}',
        hyperparameters: { score: 0.5 },
      },
    },
    {
      name: 'register',
      kind: 'register',
      dependsOn: ['train'],
      with: {
        model: 'flight-delay',
        artifact: '${tasks.train.model}',
        features: '${tasks.train.features}',
        runId: '${tasks.train.runId}',
        featureService: features.name,
      },
    },
  ],
});

const yardstick = definePipeline({
  name: 'yardstick',
  description: 'A model of everything known until a day, trained for comparison and never released',
  parameters: { until: '2001-02-01', seed: 7 },
  tasks: [
    {
      name: 'features',
      kind: 'build-features',
      with: {
        featureService: features.name,
        dataset: flights.name,
        datasetVersion: 'latest',
        label: 'late',
        from: '2001-01-08',
        until: '${parameters.until}',
        maxRows: 600_000,
      },
    },
    {
      name: 'train',
      kind: 'train',
      dependsOn: ['features'],
      with: {
        experiment: 'yardstick',
        algorithm: 'gradient-boosting',
        hyperparameters: { columnSample: 0.5 },
        trainingSet: '${tasks.features.trainingSet}',
        seed: '${parameters.seed}',
      },
    },
  ],
});

const backtest = definePipeline({
  name: 'backtest',
  description: 'Other models on the very requests that were answered',
  parameters: { from: '2001-02-01', until: '2001-02-08', models: '' },
  tasks: [
    {
      name: 'backtest',
      kind: 'backtest',
      with: {
        endpoint: endpoint.name,
        label: 'late',
        from: '${parameters.from}',
        until: '${parameters.until}',
        models: '${parameters.models}',
      },
    },
  ],
});

export const project = defineProject({
  name: 'flights',
  sources: [history, landed],
  datasets: [flights],
  featureViews: views,
  featureServices: [features],
  endpoints: [endpoint],
  pipelines: [firstModel, retrain, constantModel, yardstick, backtest],
  triggers: [
    defineTrigger({
      name: 'every-day',
      pipeline: 'retrain',
      on: { kind: 'event-time', endpoint: endpoint.name, every: '1d', offset: '7h' },
    }),
    defineTrigger({
      name: 'on-drift',
      pipeline: 'retrain',
      on: { kind: 'finding', monitor: 'inputs', severity: 'warning' },
      cooldown: '30s',
    }),
    defineTrigger({
      name: 'on-quality',
      pipeline: 'retrain',
      on: { kind: 'finding', monitor: 'quality', severity: 'warning' },
      cooldown: '30s',
    }),
  ],
  monitors: [
    defineMonitor({
      name: 'requests',
      kind: 'requests',
      endpoint: endpoint.name,
      windowRows: 1_000,
      maxViolationRate: 0.001,
    }),
    defineMonitor({ name: 'inputs', kind: 'drift', endpoint: endpoint.name, columns: ['distance'], windowRows: 1_000 }),
    defineMonitor({
      name: 'quality',
      kind: 'quality',
      endpoint: endpoint.name,
      label: 'late',
      windowRows: 2_000,
      maxLogLossIncrease: 0.15,
    }),
  ],
});
