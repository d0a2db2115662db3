/** A running MLflow server, read as its own console reads it: so that what it can open, it hands out. */
import { fits, Type } from '@mulle/contract';
import type { Static, TSchema } from 'typebox';
import { MulleError } from '#kernel/errors.ts';
import type { ImportSource, SourceFile } from './import-source.ts';
import {
  ExperimentMessage,
  FileMessage,
  LoggedModelMessage,
  MetricMessage,
  RegisteredModelMessage,
  RunMessage,
  TraceMessage,
  VersionMessage,
  type LoggedModelMessage as Model,
  type RunMessage as Run,
  type TraceMessage as Trace,
} from './messages.ts';
import { isAbsent, type MlflowWire } from './wire.ts';

const api = '/api/2.0/mlflow';
const everything = { run_view_type: 'ALL', view_type: 'ALL' };
const pageSizes = { experiments: 1_000, runs: 500, points: 20_000, models: 100, traces: 100 } as const;
const Answer = Type.Record(Type.String(), Type.Unknown());
/** Both searches hide prompts unless they are asked for. */
const isPrompt = "tags.`mlflow.prompt.is_prompt` = 'true'";

export class ServerSource implements ImportSource {
  readonly name: string;
  readonly #wire: MlflowWire;

  constructor(url: string, wire: MlflowWire) {
    this.name = url;
    this.#wire = wire;
  }

  experiments() {
    return this.#pages('POST', `${api}/experiments/search`, 'experiments', ExperimentMessage, {
      ...everything,
      max_results: pageSizes.experiments,
    });
  }

  runs(experimentId: string) {
    return this.#pages('POST', `${api}/runs/search`, 'runs', RunMessage, {
      ...everything,
      experiment_ids: [experimentId],
      max_results: pageSizes.runs,
    });
  }

  async *metrics({ info, data }: Run) {
    for (const { key } of data?.metrics ?? []) {
      const query = { run_id: info.run_id, metric_key: key, max_results: pageSizes.points };
      let points: MetricMessage[] = [];
      for await (const point of this.#pages('GET', `${api}/metrics/get-history`, 'metrics', MetricMessage, query)) {
        points.push(point);
        if (points.length < pageSizes.points) continue;
        yield points;
        points = [];
      }
      yield points;
    }
  }

  runFiles({ info }: Run) {
    const list = (path: string) => this.#files(`${api}/artifacts/list`, { run_id: info.run_id, path });
    return this.#below(list, '', (path) => this.#wire.stream('/get-artifact', { run_uuid: info.run_id, path }));
  }

  async *loggedModels(experimentId: string) {
    const search = { experiment_ids: [experimentId], max_results: pageSizes.models };
    try {
      yield* this.#pages('POST', `${api}/logged-models/search`, 'models', LoggedModelMessage, search);
    } catch (thrown) {
      // Servers before MLflow 3 have none.
      if (!isAbsent(thrown)) throw thrown;
    }
  }

  modelFiles({ info }: Model) {
    const root = `/logged-models/${info.model_id}/artifacts`;
    const list = (path: string) => this.#files(`${api}${root}/directories`, { artifact_directory_path: path });
    return this.#below(list, '', (path) =>
      this.#wire.stream(`/ajax-api/2.0/mlflow${root}/files`, { artifact_file_path: path }),
    );
  }

  registeredModels() {
    const read = (filter: string) =>
      this.#pages('GET', `${api}/registered-models/search`, 'registered_models', RegisteredModelMessage, {
        max_results: pageSizes.models,
        filter,
      });
    return eachOnce([read(''), read(isPrompt)], ({ name }) => name);
  }

  versions(model: string) {
    const quote = model.includes("'") ? '"' : "'";
    const named = `name = ${quote}${model}${quote}`;
    const read = (filter: string) =>
      this.#pages('GET', `${api}/model-versions/search`, 'model_versions', VersionMessage, {
        max_results: pageSizes.models,
        filter,
      });
    return eachOnce([read(named), read(`${named} AND ${isPrompt}`)], ({ version }) => version);
  }

  async *traces(experimentId: string) {
    const locations = [{ type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experimentId } }];
    const search = { locations, max_results: pageSizes.traces };
    try {
      yield* this.#pages('POST', '/api/3.0/mlflow/traces/search', 'traces', TraceMessage, search);
    } catch (thrown) {
      if (!isAbsent(thrown)) throw thrown;
    }
  }

  async spans({ trace_id }: Trace): Promise<string | undefined> {
    try {
      return await this.#wire.text('/ajax-api/2.0/mlflow/get-trace-artifact', { request_id: trace_id });
    } catch (thrown) {
      if (isAbsent(thrown)) return undefined;
      throw thrown;
    }
  }

  async *#pages<S extends TSchema>(
    method: 'GET' | 'POST',
    path: string,
    name: string,
    item: S,
    given: Readonly<Record<string, unknown>> & { max_results: number },
  ): AsyncGenerator<Static<S>> {
    let token: unknown;
    do {
      const asked = { ...given, ...(token === undefined ? {} : { page_token: token }) };
      const answer =
        method === 'POST'
          ? await this.#wire.post(path, asked, Answer)
          : await this.#wire.get(path, queryOf(asked), Answer);
      yield* itemsOf(answer[name], item, path);
      token = answer['next_page_token'] || undefined;
    } while (token !== undefined);
  }

  async #files(path: string, query: Record<string, string>): Promise<Static<typeof FileMessage>[]> {
    const given = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''));
    return itemsOf((await this.#wire.get(path, given, Answer))['files'], FileMessage, path);
  }

  async *#below(
    list: (path: string) => Promise<Static<typeof FileMessage>[]>,
    folder: string,
    open: (path: string) => Promise<ReadableStream<Uint8Array>>,
  ): AsyncGenerator<SourceFile> {
    for (const { path, is_dir, file_size } of await list(folder)) {
      if (is_dir === true) yield* this.#below(list, path, open);
      else yield { path, bytes: file_size ?? 0, open: () => open(path) };
    }
  }
}

async function* eachOnce<T>(lists: readonly AsyncIterable<T>[], keyOf: (item: T) => unknown): AsyncGenerator<T> {
  const seen = new Set<unknown>();
  for (const list of lists) {
    for await (const item of list) {
      if (seen.has(keyOf(item))) continue;
      seen.add(keyOf(item));
      yield item;
    }
  }
}

function itemsOf<S extends TSchema>(items: unknown = [], item: S, path: string): Static<S>[] {
  if (Array.isArray(items) && items.every((one) => fits(item, one))) return items;
  throw new MulleError('invalid_argument', `The answer to ${path} is not what MLflow answers.`);
}

function queryOf(given: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]));
}
