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

// The smallest project with every part of the wheel: will a machine stop, by its load and its line's last day?

const history = defineSource({ name: 'history', kind: 'file', format: 'csv', path: 'readings.csv' });
const live = defineSource({ name: 'live', kind: 'outcomes', endpoint: 'stops' });

const fields = [
  { name: 'at', type: 'timestamp' as const },
  { name: 'known_at', type: 'timestamp' as const },
  { name: 'line', type: 'string' as const },
  { name: 'load', type: 'number' as const, minimum: -10, maximum: 10 },
  { name: 'stopped', type: 'boolean' as const },
];
const readings = defineDataset({
  name: 'readings',
  description: '설비 측정값',
  eventTime: 'at',
  fields,
  checks: [{ kind: 'schema' }],
});
const impossible = defineDataset({
  name: 'impossible',
  eventTime: 'at',
  fields,
  checks: [{ kind: 'rows', minimum: 1_000_000 }],
});

const lineRates = defineFeatureView({
  name: 'line',
  entity: ['line'],
  dataset: readings.name,
  stream: 'stops',
  knownAt: 'known_at',
  aggregates: [{ name: 'rate_1d', function: 'mean', field: 'stopped', window: '1d' }],
});
const features = defineFeatureService({
  name: 'machine',
  eventTime: 'at',
  features: [
    { name: 'load', transform: 'identity', field: 'load' },
    { name: 'hour', transform: 'hour-of-day', field: 'at' },
    { name: 'line_rate_1d', view: 'line', aggregate: 'rate_1d' },
  ],
});

const stops = defineEndpoint({
  name: 'stops',
  description: '설비가 멈출 확률',
  inputs: [
    { name: 'at', type: 'timestamp' },
    { name: 'line', type: 'string' },
    { name: 'load', type: 'number', minimum: -10, maximum: 10 },
  ],
  featureService: features.name,
  policy: {
    kind: 'canary',
    steps: [
      { weight: 0.3, minSeconds: 0, minSamples: 50 },
      { weight: 0.5, minSeconds: 0, minSamples: 50 },
    ],
    gates: [
      { metric: 'error-rate', max: 0.1 },
      { metric: 'latency-p95', maxMs: 2_000 },
      { metric: 'log-loss', label: 'stopped', margin: 0.15 },
    ],
    maxSeconds: 120,
    whenInconclusive: 'rollback',
  },
  fallback: [{ kind: 'variant' }, { kind: 'stale', maxAge: '1h' }, { kind: 'default', score: 0.25 }],
  timeout: '2s',
});

const train = (
  source: string,
  training: { algorithm: 'logistic-regression' | 'gradient-boosting'; iterations?: number },
) =>
  [
    { name: 'ingest', kind: 'ingest', with: { dataset: readings.name, source } },
    {
      name: 'validate',
      kind: 'validate',
      dependsOn: ['ingest'],
      with: { dataset: readings.name, parts: '${tasks.ingest.parts}' },
    },
    {
      name: 'features',
      kind: 'build-features',
      dependsOn: ['validate'],
      with: {
        featureService: features.name,
        dataset: readings.name,
        datasetVersion: '${tasks.validate.datasetVersion}',
        label: 'stopped',
      },
    },
    {
      name: 'train',
      kind: 'train',
      dependsOn: ['features'],
      with: {
        experiment: 'stops',
        algorithm: training.algorithm,
        ...(training.iterations === undefined ? {} : { hyperparameters: { iterations: training.iterations } }),
        trainingSet: '${tasks.features.trainingSet}',
        holdout: '2d',
        refit: true,
        seed: '${parameters.seed}',
      },
    },
  ] satisfies Parameters<typeof definePipeline>[0]['tasks'];

const release = [
  {
    name: 'evaluate',
    kind: 'evaluate',
    dependsOn: ['train'],
    with: {
      trainingSet: '${tasks.features.trainingSet}',
      model: '${tasks.train.judged}',
      holdout: '2d',
      champion: 'endpoint:stops',
      metric: 'logLoss',
      maxRegression: 0.2,
      baselines: ['base-rate'],
    },
  },
  {
    name: 'register',
    kind: 'register',
    dependsOn: ['evaluate'],
    with: {
      model: 'stops',
      artifact: '${tasks.train.model}',
      features: '${tasks.train.features}',
      metrics: '${tasks.train.metrics}',
      runId: '${tasks.train.runId}',
      featureService: features.name,
      dataset: readings.name,
      datasetVersion: '${tasks.validate.datasetVersion}',
    },
  },
  {
    name: 'release',
    kind: 'release',
    dependsOn: ['register'],
    with: { endpoint: stops.name, model: 'stops', version: '${tasks.register.version}' },
  },
] satisfies Parameters<typeof definePipeline>[0]['tasks'];

export const project = defineProject({
  name: 'machines',
  sources: [history, live],
  datasets: [readings, impossible],
  featureViews: [lineRates],
  featureServices: [features],
  endpoints: [stops],
  pipelines: [
    definePipeline({
      name: 'first-model',
      parameters: { seed: 7 },
      tasks: [...train(history.name, { algorithm: 'logistic-regression' }), ...release],
    }),
    definePipeline({
      name: 'retrain',
      parameters: { seed: 8 },
      tasks: [...train(live.name, { algorithm: 'logistic-regression' }), ...release],
    }),
    definePipeline({
      name: 'long-training',
      parameters: { seed: 9 },
      tasks: train(history.name, { algorithm: 'gradient-boosting', iterations: 10_000 }),
    }),
    definePipeline({
      name: 'constant',
      tasks: [
        {
          name: 'features',
          kind: 'build-features',
          with: { featureService: features.name, dataset: readings.name, datasetVersion: 'latest', label: 'stopped' },
        },
        {
          name: 'train',
          kind: 'train',
          dependsOn: ['features'],
          with: {
            experiment: 'stops',
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
            model: 'stops',
            artifact: '${tasks.train.model}',
            features: '${tasks.train.features}',
            runId: '${tasks.train.runId}',
            featureService: features.name,
          },
        },
      ],
    }),
    definePipeline({
      name: 'refused',
      tasks: [
        { name: 'ingest', kind: 'ingest', with: { dataset: impossible.name, source: history.name } },
        {
          name: 'validate',
          kind: 'validate',
          dependsOn: ['ingest'],
          with: { dataset: impossible.name, parts: '${tasks.ingest.parts}' },
        },
      ],
    }),
  ],
  triggers: [
    defineTrigger({
      name: 'on-drift',
      pipeline: 'retrain',
      on: { kind: 'finding', monitor: 'inputs', severity: 'warning' },
      cooldown: '1h',
    }),
  ],
  monitors: [
    defineMonitor({ name: 'inputs', kind: 'drift', endpoint: stops.name, columns: ['load'], windowRows: 200 }),
  ],
});
