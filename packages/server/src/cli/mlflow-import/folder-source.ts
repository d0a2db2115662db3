/**
 * A folder that MLflow's clients write to without a server (`mlruns`): experiments are folders of runs, metrics files of
 * lines, parameters and tags files of their values. Deleted experiments lie in `.trash`.
 */
import { createReadStream, openAsBlob } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Type } from '@mulle/contract';
import { MulleError } from '#kernel/errors.ts';
import { filesBelow, isFolder, namesIn, readMeta, textsBelow } from './folder-files.ts';
import { loggedModelIn, metricOf, readTrace, runIn } from './folder-messages.ts';
import type { ImportSource, SourceFile } from './import-source.ts';
import {
  ExperimentMessage,
  RegisteredModelMessage,
  VersionMessage,
  type LoggedModelMessage,
  type MetricMessage,
  type RunMessage,
  type TraceMessage,
} from './messages.ts';

/** Tags are files of their own. */
const ExperimentMeta = Type.Omit(ExperimentMessage, ['tags']);
const ModelMeta = Type.Omit(RegisteredModelMessage, ['tags', 'aliases']);
const VersionMeta = Type.Omit(VersionMessage, ['tags']);
const notRuns = new Set(['tags', 'datasets', 'traces', 'models']);
const pointsAtOnce = 10_000;
const tailBytes = 4_096;

export class FolderSource implements ImportSource {
  readonly name: string;
  readonly #root: string;
  /** Where each experiment, run and model was found. */
  readonly #places = new Map<string, string>();

  private constructor(root: string) {
    this.#root = root;
    this.name = `file:${root}`;
  }

  /** Throws `not_found` on what is no such folder. */
  static async open(given: string): Promise<FolderSource> {
    const folder = given.startsWith('file:') ? pathOf(given) : given;
    for (const root of [folder, join(folder, 'mlruns')]) {
      const names = await namesIn(root);
      const holds = await Promise.all(names.map((name) => isFile(join(root, name, 'meta.yaml'))));
      if (holds.includes(true)) return new FolderSource(root);
    }
    const found = await namesIn(folder);
    const database = found.find((name) => /^mlflow\.(db|sqlite)$/.test(name));
    if (database === undefined) throw new MulleError('not_found', `${folder} is no folder of MLflow's (mlruns).`);
    throw new MulleError(
      'not_found',
      `What ${folder} holds is in ${database}. Serve it (mlflow server --backend-store-uri sqlite:///${database}), then give that server's address.`,
    );
  }

  async *experiments() {
    for (const parent of [this.#root, join(this.#root, '.trash')]) {
      for (const name of await namesIn(parent)) {
        const folder = join(parent, name);
        if (name === 'models' || name === '.trash' || !(await isFile(join(folder, 'meta.yaml')))) continue;
        const meta = await readMeta(folder, ExperimentMeta);
        this.#places.set(meta.experiment_id, folder);
        yield { ...meta, tags: await textsBelow(join(folder, 'tags')) };
      }
    }
  }

  async *runs(experimentId: string) {
    const folder = this.#placeOf(experimentId);
    for (const name of await namesIn(folder)) {
      const place = join(folder, name);
      if (notRuns.has(name) || !(await isFile(join(place, 'meta.yaml')))) continue;
      const metrics: MetricMessage[] = [];
      for await (const { path, at } of filesBelow(join(place, 'metrics'))) {
        metrics.push(metricOf(path, await lastLine(at)));
      }
      const run = await runIn(place, folder, metrics);
      this.#places.set(run.info.run_id, place);
      yield run;
    }
  }

  async *metrics({ info }: RunMessage): AsyncGenerator<MetricMessage[]> {
    for await (const { path, at } of filesBelow(join(this.#placeOf(info.run_id), 'metrics'))) {
      let points: MetricMessage[] = [];
      for await (const line of createInterface({ input: createReadStream(at, 'utf8') })) {
        if (line.trim() === '') continue;
        points.push(metricOf(path, line));
        if (points.length < pointsAtOnce) continue;
        yield points;
        points = [];
      }
      yield points;
    }
  }

  runFiles({ info }: RunMessage) {
    return artifactsOf(this.#placeOf(info.run_id), info.artifact_uri);
  }

  async *loggedModels(experimentId: string) {
    const folder = join(this.#placeOf(experimentId), 'models');
    for (const name of await namesIn(folder)) {
      const model = await loggedModelIn(join(folder, name));
      if (model === undefined) continue;
      this.#places.set(model.info.model_id, join(folder, name));
      yield model;
    }
  }

  modelFiles({ info }: LoggedModelMessage) {
    return artifactsOf(this.#placeOf(info.model_id), info.artifact_uri);
  }

  async *registeredModels() {
    const root = join(this.#root, 'models');
    for (const name of await namesIn(root)) {
      const folder = join(root, name);
      const meta = await readMeta(folder, ModelMeta);
      const aliases = await textsBelow(join(folder, 'aliases'));
      this.#places.set(`models:/${meta.name}`, folder);
      yield {
        name: meta.name,
        ...(meta.description === undefined ? {} : { description: meta.description }),
        tags: await textsBelow(join(folder, 'tags')),
        aliases: aliases.map(({ key, value }) => ({ alias: key, version: value.trim() })),
      };
    }
  }

  async *versions(model: string) {
    const folder = this.#placeOf(`models:/${model}`);
    for (const name of await namesIn(folder)) {
      if (!/^version-\d+$/.test(name)) continue;
      const meta = await readMeta(join(folder, name), VersionMeta);
      if (meta.current_stage === 'Deleted_Internal') continue;
      yield { ...meta, tags: await textsBelow(join(folder, name, 'tags')) };
    }
  }

  async *traces(experimentId: string): AsyncGenerator<TraceMessage> {
    const folder = join(this.#placeOf(experimentId), 'traces');
    for (const name of await namesIn(folder)) {
      const trace = await readTrace(join(folder, name), experimentId);
      this.#places.set(trace.trace_id, join(folder, name));
      yield trace;
    }
  }

  async spans({ trace_id }: TraceMessage): Promise<string | undefined> {
    const file = join(this.#placeOf(trace_id), 'artifacts', 'traces.json');
    return (await isFile(file)) ? readFile(file, 'utf8') : undefined;
  }

  #placeOf(id: string): string {
    const place = this.#places.get(id);
    if (place !== undefined) return place;
    throw new Error(`${id} was not found by the walk that comes before.`);
  }
}

async function isFile(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true;
}

function pathOf(uri: string): string {
  return uri.startsWith('file://') ? fileURLToPath(uri) : decodeURIComponent(uri.slice('file:'.length));
}

/** Files beside what they belong to, wherever the folder was moved since; else where its address says. */
async function* artifactsOf(place: string, uri: string | undefined): AsyncGenerator<SourceFile> {
  const beside = join(place, 'artifacts');
  let root = beside;
  if (!(await isFolder(beside)) && uri !== undefined && uri !== '') {
    if (/^[a-z][a-z0-9+.-]+:/i.test(uri) && !uri.startsWith('file:')) {
      const message = `Its files are at ${uri}. Serve the folder (mlflow server) and import from there, or give --no-artifacts.`;
      throw new MulleError('invalid_state', message);
    }
    root = uri.startsWith('file:') ? pathOf(uri) : uri;
  }
  for await (const { path, at, bytes } of filesBelow(root)) {
    yield { path, bytes, open: async () => (await openAsBlob(at)).stream() };
  }
}

async function lastLine(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const length = Math.min(size, tailBytes);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString('utf8').trimEnd().split('\n').at(-1) ?? '';
  } finally {
    await file.close();
  }
}
