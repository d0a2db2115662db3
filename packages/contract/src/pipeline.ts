import { Type, type Static } from './type.ts';
import { BatchInput } from './batch.ts';
import { ValidationCheck } from './dataset.ts';
import { Duration, Name } from './names.ts';
import { WrittenPolicy } from './written-policy.ts';

const task = <K extends string, W extends Record<string, Parameters<typeof Type.Object>[0][string]>>(
  kind: K,
  options: W,
) =>
  Type.Object(
    {
      name: Name,
      kind: Type.Literal(kind),
      dependsOn: Type.Optional(Type.Array(Name)),
      /** Further attempts after the first; default 0. Between them exponential backoff from `backoff` (default 1s). */
      retries: Type.Optional(Type.Integer({ minimum: 0, maximum: 10 })),
      backoff: Type.Optional(Duration),
      /** Default 1h. */
      timeout: Type.Optional(Duration),
      /** Reuse the outputs of an earlier success with the same inputs; default false. */
      cache: Type.Optional(Type.Boolean()),
      /** A template; where it comes to nothing, `0`, `false` or `null`, the task and what depends on it are skipped. */
      when: Type.Optional(Type.String()),
      with: Type.Object(options, { additionalProperties: false }),
    },
    { additionalProperties: false },
  );

/**
 * Task kinds. Text values may hold `${parameters.NAME}` and `${tasks.TASK.OUTPUT}`; they are resolved when the task starts.
 * A task's outputs are a flat JSON object; what each kind puts there is said at the kind.
 */
export const Task = Type.Union([
  /**
   * Reads the windows of event time that the dataset does not hold yet, up to `until` (default: the time of the
   * source's newest row, files too: the day of that row may still grow, and is left until `until` says that it is
   * whole), one part a day. Outputs: `parts` (DatasetPart[] as JSON text), `rows`, `fromMs`, `toMs`.
   */
  task('ingest', {
    dataset: Name,
    source: Name,
    from: Type.Optional(Type.String()),
    until: Type.Optional(Type.String()),
    /** How long after its end a day is still waited for; default 0. Rows that come later need a backfill. */
    lateness: Type.Optional(Duration),
  }),
  /**
   * Checks the new parts; a failed `stop` check quarantines its window, raises a finding and fails the task. Else the
   * parts become a version. Outputs: `datasetVersion` (number), `rows`.
   */
  task('validate', { dataset: Name, parts: Type.String(), checks: Type.Optional(Type.Array(ValidationCheck)) }),
  /**
   * Point-in-time training set for a feature service over a window of a dataset version.
   * Outputs: `trainingSet` (blob digest of a Parquet file with the features in order, `event_time_ms`, `label`), `rows`.
   */
  task('build-features', {
    featureService: Name,
    dataset: Name,
    datasetVersion: Type.String(),
    label: Type.String(),
    /** Event-time window, ISO dates or relative to the end of the data (`-30d`). */
    from: Type.Optional(Type.String()),
    until: Type.Optional(Type.String()),
    /** Upper bound of rows, sampled by hash of the row when there are more. */
    maxRows: Type.Optional(Type.Integer({ minimum: 100 })),
  }),
  /**
   * Trains and packages as ONNX; the last `holdout` of event time is kept from training. With `refit` the model is then
   * trained again on all rows, with as many iterations as the hold-out judged.
   * Outputs: `runId`, `model` (blob digest), `judged` (that of the model which has not seen the hold-out; the same one
   * without `refit`), `features` (JSON text), `metrics` (JSON text, of `judged` on the hold-out).
   */
  task('train', {
    experiment: Name,
    algorithm: Type.Union([
      Type.Literal('gradient-boosting'),
      Type.Literal('logistic-regression'),
      Type.Literal('constant'),
    ]),
    trainingSet: Type.String(),
    hyperparameters: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    holdout: Type.Optional(Duration),
    refit: Type.Optional(Type.Boolean()),
    seed: Type.Optional(Type.Union([Type.Integer(), Type.String()])),
  }),
  /**
   * Compares a trained model with the champion (`NAME@ALIAS`, `NAME@VERSION`, or `endpoint:NAME` for what answers there
   * now; passed over while there is none) and baselines on the hold-out of its training set.
   * Fails with `gate_rejected` when it is worse than `maxRegression` allows. Outputs: `passed`, `report` (JSON text).
   */
  task('evaluate', {
    trainingSet: Type.String(),
    model: Type.String(),
    holdout: Type.Optional(Duration),
    champion: Type.Optional(Type.String()),
    metric: Type.Union([Type.Literal('logLoss'), Type.Literal('auc'), Type.Literal('brier')]),
    maxRegression: Type.Number(),
    baselines: Type.Optional(
      Type.Array(Type.Union([Type.Literal('base-rate'), Type.Object({ groupBy: Type.String() })])),
    ),
  }),
  /** Registers the model with its lineage. Outputs: `model`, `version` (number). */
  task('register', {
    model: Name,
    artifact: Type.String(),
    features: Type.String(),
    metrics: Type.Optional(Type.String()),
    runId: Type.Optional(Type.String()),
    featureService: Type.Optional(Name),
    dataset: Type.Optional(Name),
    datasetVersion: Type.Optional(Type.String()),
    aliases: Type.Optional(Type.Array(Name)),
  }),
  /**
   * Releases a version to an endpoint by the endpoint's policy (or this one) and, with `wait`, until it ends.
   * Outputs: `releaseId`, `state`.
   */
  task('release', {
    endpoint: Name,
    model: Name,
    version: Type.String(),
    policy: Type.Optional(WrittenPolicy),
    wait: Type.Optional(Type.Boolean()),
  }),
  /**
   * Scores models on the features as served of logged decisions whose outcomes are known, beside the scores that were
   * served. `models`: registered versions (`NAME@VERSION`) or blob digests, comma-separated.
   * Outputs: `rows`, `report` (JSON text: `{served: {logLoss, auc, rows}, models: {NAME: {logLoss, auc, rows}}}`).
   */
  task('backtest', {
    endpoint: Name,
    label: Type.String(),
    from: Type.String(),
    until: Type.String(),
    models: Type.String(),
  }),
  /**
   * Answers every row of a dataset version or stored file by a registered version (`NAME@VERSION`, `NAME@ALIAS`, or
   * `endpoint:NAME` for what answers there now). Killed, it goes on where it was; its timeout is the batch's window.
   * Outputs: those of `BatchReport`.
   */
  task('batch', { model: Type.String(), input: BatchInput }),
  /** Runs a command in the project's folder, its environment reduced to PATH, HOME, LANG and `MULLE_*`. Outputs: `exitCode`. */
  task('command', { command: Type.Array(Type.String(), { minItems: 1 }) }),
]);
export type Task = Static<typeof Task>;

export const PipelineDefinition = Type.Object(
  {
    name: Name,
    description: Type.Optional(Type.String()),
    parameters: Type.Optional(Type.Record(Name, Type.Union([Type.String(), Type.Number(), Type.Boolean()]))),
    tasks: Type.Array(Task, { minItems: 1, maxItems: 1_000 }),
    /** What a new run does while another is unfinished: default `skip`. */
    overlap: Type.Optional(Type.Union([Type.Literal('skip'), Type.Literal('queue')])),
  },
  { additionalProperties: false },
);
export type PipelineDefinition = Static<typeof PipelineDefinition>;

/** Starts a pipeline. An `every` in event time ticks with the watermark of an endpoint's outcomes. */
export const TriggerDefinition = Type.Object(
  {
    name: Name,
    pipeline: Name,
    parameters: Type.Optional(Type.Record(Name, Type.Union([Type.String(), Type.Number(), Type.Boolean()]))),
    on: Type.Union([
      Type.Object(
        { kind: Type.Literal('cron'), cron: Type.String(), timeZone: Type.Optional(Type.String()) },
        { additionalProperties: false },
      ),
      Type.Object(
        {
          kind: Type.Literal('event-time'),
          endpoint: Name,
          every: Duration,
          /** How long after each multiple of `every`, so that late rows are there; default 0. */
          offset: Type.Optional(Duration),
        },
        { additionalProperties: false },
      ),
      Type.Object(
        {
          kind: Type.Literal('finding'),
          monitor: Name,
          severity: Type.Union([Type.Literal('warning'), Type.Literal('critical')]),
        },
        { additionalProperties: false },
      ),
    ]),
    /** Wall-clock time after a start in which further events start nothing. */
    cooldown: Type.Optional(Duration),
  },
  { additionalProperties: false },
);
export type TriggerDefinition = Static<typeof TriggerDefinition>;

export const TaskState = Type.Union([
  Type.Literal('waiting'),
  Type.Literal('ready'),
  Type.Literal('running'),
  Type.Literal('succeeded'),
  Type.Literal('failed'),
  Type.Literal('skipped'),
  Type.Literal('cancelled'),
]);
export type TaskState = Static<typeof TaskState>;

export const TaskRun = Type.Object({
  name: Name,
  kind: Type.String(),
  state: TaskState,
  attempt: Type.Integer({ minimum: 0 }),
  cached: Type.Boolean(),
  progress: Type.Union([Type.Number(), Type.Null()]),
  outputs: Type.Record(Type.String(), Type.Unknown()),
  error: Type.Union([Type.Object({ code: Type.String(), message: Type.String() }), Type.Null()]),
  startedAtMs: Type.Union([Type.Number(), Type.Null()]),
  endedAtMs: Type.Union([Type.Number(), Type.Null()]),
});
export type TaskRun = Static<typeof TaskRun>;

export const PipelineRun = Type.Object({
  id: Type.String(),
  pipeline: Name,
  state: Type.Union([
    Type.Literal('running'),
    Type.Literal('succeeded'),
    Type.Literal('failed'),
    Type.Literal('cancelled'),
  ]),
  parameters: Type.Record(Type.String(), Type.Unknown()),
  /** `trigger:NAME`, `person:NAME`, `cli`, … */
  startedBy: Type.String(),
  tasks: Type.Array(TaskRun),
  /** Digest of the manifest it runs under. */
  codeDigest: Type.Union([Type.String(), Type.Null()]),
  causeId: Type.Union([Type.String(), Type.Null()]),
  createdAtMs: Type.Number(),
  endedAtMs: Type.Union([Type.Number(), Type.Null()]),
});
export type PipelineRun = Static<typeof PipelineRun>;
