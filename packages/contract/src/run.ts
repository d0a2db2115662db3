import { Type, type Static } from './type.ts';

const nullableString = Type.Union([Type.String(), Type.Null()]);
const nullableNumber = Type.Union([Type.Number(), Type.Null()]);
const texts = Type.Record(Type.String(), Type.String());

export const RunStatus = Type.Enum(['scheduled', 'running', 'finished', 'failed', 'killed']);

/** What is deleted is kept, and may be restored. */
export const LifecycleStage = Type.Enum(['active', 'deleted']);

export const Run = Type.Object({
  id: Type.String(),
  experiment: Type.String(),
  experimentId: Type.String(),
  name: Type.String(),
  status: RunStatus,
  stage: LifecycleStage,
  /** Who began it. */
  user: Type.String(),
  /** The run that it is nested in. */
  parentId: nullableString,
  /** Who stopped it from outside; null unless somebody did. */
  stoppedBy: nullableString,
  parameters: texts,
  /** Latest value of each metric; those that are no number are left out. */
  metrics: Type.Record(Type.String(), Type.Number()),
  tags: texts,
  causeId: nullableString,
  startedAtMs: Type.Number(),
  endedAtMs: nullableNumber,
});
export type Run = Static<typeof Run>;

export const ExperimentSummary = Type.Object({
  id: Type.String(),
  name: Type.String(),
  stage: LifecycleStage,
  /** Where it is filed, as `vision/detection`. */
  folder: nullableString,
  tags: texts,
  /** Active runs. */
  runs: Type.Integer(),
  running: Type.Integer(),
  /** When the newest run began. */
  lastRunAtMs: nullableNumber,
  createdAtMs: Type.Number(),
  updatedAtMs: Type.Number(),
});
export type ExperimentSummary = Static<typeof ExperimentSummary>;

/** What runs are ordered by: a column of theirs, or what was logged under a key. */
export const RunOrder = Type.Union([
  Type.Object(
    {
      by: Type.Enum(['id', 'name', 'user', 'status', 'startedAt', 'endedAt']),
      descending: Type.Boolean(),
    },
    { additionalProperties: false },
  ),
  Type.Object(
    {
      by: Type.Enum(['metric', 'parameter', 'tag']),
      key: Type.String({ minLength: 1, maxLength: 250 }),
      descending: Type.Boolean(),
    },
    { additionalProperties: false },
  ),
]);
export type RunOrder = Static<typeof RunOrder>;

/** A metric of a run, its whole history in numbers. Null stands for no number: NaN, or a history of nothing else. */
export const MetricSummary = Type.Object({
  key: Type.String(),
  points: Type.Integer(),
  last: nullableNumber,
  lastStep: Type.Integer(),
  lastAtMs: Type.Number(),
  min: nullableNumber,
  max: nullableNumber,
});
export type MetricSummary = Static<typeof MetricSummary>;

const numbers = Type.Array(nullableNumber);

/**
 * A metric's history for a chart, as columns of equal length. One entry stands for `bucket` successive points (by step,
 * then time): where it lies, their mean, and their extremes, so that no peak is lost. With `bucket` 1 these are the points
 * themselves. Null stands for no number. In long histories whole buckets are in a range or out of it.
 */
export const MetricSeries = Type.Object({
  runId: Type.String(),
  key: Type.String(),
  /** Points of the history within what was asked for. */
  points: Type.Integer(),
  bucket: Type.Integer({ minimum: 1 }),
  /** The greatest step and time of each bucket. */
  step: Type.Array(Type.Integer()),
  timeMs: Type.Array(Type.Number()),
  mean: numbers,
  min: numbers,
  max: numbers,
});
export type MetricSeries = Static<typeof MetricSeries>;

/** A dataset that a run read, in its user's own words. */
export const LoggedDataset = Type.Object({
  name: Type.String(),
  digest: Type.String(),
  sourceType: Type.String(),
  source: Type.String(),
  schema: nullableString,
  profile: nullableString,
  /** `training`, `validation`, …; null where nobody said. */
  context: nullableString,
});

/** A model that a client logged, before or beside a version of the registry. */
export const LoggedModel = Type.Object({
  id: Type.String(),
  experimentId: Type.String(),
  name: Type.String(),
  status: Type.Enum(['pending', 'ready', 'failed']),
  statusMessage: nullableString,
  type: nullableString,
  runId: nullableString,
  parameters: texts,
  tags: texts,
  createdAtMs: Type.Number(),
  updatedAtMs: Type.Number(),
});
export type LoggedModel = Static<typeof LoggedModel>;

/** What a run read and made. */
export const RunInputs = Type.Object({
  datasets: Type.Array(LoggedDataset),
  inputModels: Type.Array(Type.Object({ id: Type.String(), step: Type.Integer() })),
  outputModels: Type.Array(Type.Object({ id: Type.String(), step: Type.Integer() })),
});

/** A file or folder among the artifacts of a run or a logged model. */
export const RunArtifact = Type.Object({
  /** From the root of the run's artifacts. */
  path: Type.String(),
  name: Type.String(),
  isFolder: Type.Boolean(),
  /** Null for a folder. */
  bytes: nullableNumber,
});
