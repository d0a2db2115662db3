import type {
  ExperimentMessage,
  LoggedModelMessage,
  MetricMessage,
  RegisteredModelMessage,
  RunMessage,
  TraceMessage,
  VersionMessage,
} from './messages.ts';

export interface SourceFile {
  /** Below the root of its run's or model's artifacts, with `/` between. */
  readonly path: string;
  readonly bytes: number;
  /** May be called again. */
  open(): Promise<ReadableStream<Uint8Array>>;
}

/** Where runs, models and traces are brought over from. Deleted experiments and runs are told, too. */
export interface ImportSource {
  /** As its user knows it. */
  readonly name: string;
  experiments(): AsyncIterable<ExperimentMessage>;
  /** Of each metric the latest point, as far as the source tells it: enough to see that something was added. */
  runs(experimentId: string): AsyncIterable<RunMessage>;
  /** Whole histories of all metrics, in pieces of any length. */
  metrics(run: RunMessage): AsyncIterable<readonly MetricMessage[]>;
  runFiles(run: RunMessage): AsyncIterable<SourceFile>;
  loggedModels(experimentId: string): AsyncIterable<LoggedModelMessage>;
  modelFiles(model: LoggedModelMessage): AsyncIterable<SourceFile>;
  /** Prompts too, which are kept as models. */
  registeredModels(): AsyncIterable<RegisteredModelMessage>;
  versions(model: string): AsyncIterable<VersionMessage>;
  traces(experimentId: string): AsyncIterable<TraceMessage>;
  /** `traces.json` as MLflow's clients write it; undefined where there are no spans. */
  spans(trace: TraceMessage): Promise<string | undefined>;
}
