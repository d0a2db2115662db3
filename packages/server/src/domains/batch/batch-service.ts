/**
 * Batches: a version that answers every row of a dataset or a file. Each is a run of a pipeline of one task, so that
 * leases, retries, cancelling, resuming and logs are those of runs; how far the rows are stands in the work role's folder.
 */
import {
  BatchReport,
  fits,
  type BatchInput,
  type BatchJob,
  type ModelVersion,
  type PipelineDefinition,
  type PipelineRun,
} from '@mulle/contract';
import type { Actor } from '#domains/access/index.ts';
import type { DatasetsService } from '#domains/datasets/index.ts';
import type { PipelineService } from '#domains/pipelines/index.ts';
import type { RegistryService } from '#domains/registry/index.ts';
import { MulleError } from '#kernel/errors.ts';
import type { BlobStore } from '#platform/blobs/index.ts';
import type { PageRequest } from '#platform/database/index.ts';

/** No name that a project's pipeline is likely to have. */
const pipeline = 'mulle.batch';
const defaultWindow = '24h';
const retries = 3;

export interface BatchServiceOptions {
  readonly pipelines: PipelineService;
  readonly models: Pick<RegistryService, 'getModel' | 'getVersion' | 'resolveAlias'>;
  readonly datasets: Pick<DatasetsService, 'getDataset' | 'getVersion'>;
  readonly blobs: Pick<BlobStore, 'size'>;
}

export interface NewBatchJob {
  readonly model: string;
  readonly version?: number;
  readonly alias?: string;
  readonly input: BatchInput;
  readonly window?: string;
  readonly causeId?: string;
}

export class BatchService {
  readonly #options: BatchServiceOptions;

  constructor(options: BatchServiceOptions) {
    this.#options = options;
  }

  /** Throws `not_found` for a version, a dataset or a file that is not there. */
  async create(actor: Actor, wanted: NewBatchJob): Promise<BatchJob> {
    const { model, version } = await this.#version(wanted);
    const input = await this.#input(wanted.input);
    const reference = `${model}@${version}`;
    const { window = defaultWindow } = wanted;
    const definition: PipelineDefinition = {
      name: pipeline,
      parameters: { model: reference, input: JSON.stringify(input), window },
      tasks: [
        {
          name: 'batch',
          kind: 'batch',
          retries,
          timeout: window,
          with: { model: reference, input },
        },
      ],
    };
    const start = { startedBy: `person:${actor.name}`, causeId: wanted.causeId ?? null };
    return toBatchJob(await this.#options.pipelines.startOnce(definition, start, actor));
  }

  async list(request: PageRequest): Promise<{ items: BatchJob[]; nextPageToken?: string }> {
    const { items, ...rest } = await this.#options.pipelines.list({ ...request, pipeline });
    return { items: items.map(toBatchJob), ...rest };
  }

  async get(id: string): Promise<BatchJob> {
    return toBatchJob(await this.#run(id));
  }

  async cancel(actor: Actor, id: string): Promise<BatchJob> {
    await this.#run(id);
    return toBatchJob(await this.#options.pipelines.cancel(id, actor));
  }

  async resume(actor: Actor, id: string): Promise<BatchJob> {
    await this.#run(id);
    return toBatchJob(await this.#options.pipelines.resume(id, actor));
  }

  async #run(id: string): Promise<PipelineRun> {
    const run = await this.#options.pipelines.get(id);
    if (run.pipeline === pipeline) return run;
    throw new MulleError('not_found', `${id} is no batch. GET /api/batch-jobs lists them.`);
  }

  async #version({ model, version, alias }: NewBatchJob): Promise<ModelVersion> {
    const { models } = this.#options;
    if (version !== undefined) return models.getVersion(model, version);
    if (alias !== undefined) return models.resolveAlias(model, alias);
    const { latest } = await models.getModel(model);
    if (latest !== null) return latest;
    throw new MulleError('not_found', `The model ${model} has no version yet.`);
  }

  /** The input with its version: what the batch reads is settled when it is made. */
  async #input(input: BatchInput): Promise<BatchInput> {
    const { datasets, blobs } = this.#options;
    if (input.kind === 'file') {
      if ((await blobs.size(input.digest)) !== undefined) return input;
      throw new MulleError('not_found', `There is no blob ${input.digest}. PUT /api/blobs stores it first.`);
    }
    const { dataset } = input;
    if (input.version !== undefined) await datasets.getVersion(dataset, input.version);
    const version = input.version ?? (await datasets.getDataset(dataset)).latest?.version;
    if (version !== undefined) return { kind: 'dataset', dataset, version };
    throw new MulleError('not_found', `The dataset ${dataset} has no version yet.`);
  }
}

/** What the run of a batch was started with; written by `create`. */
function startedWith({ id, parameters }: PipelineRun): Pick<BatchJob, 'model' | 'version' | 'input' | 'window'> {
  const { model: reference, input, window = defaultWindow } = parameters;
  if (typeof reference !== 'string' || typeof input !== 'string' || typeof window !== 'string')
    throw new Error(`Run ${id} is no batch.`);
  const cut = reference.lastIndexOf('@');
  return {
    model: reference.slice(0, cut),
    version: Number(reference.slice(cut + 1)),
    input: JSON.parse(input) as BatchInput,
    window,
  };
}

function toBatchJob(run: PipelineRun): BatchJob {
  const [task] = run.tasks;
  const isWaiting = run.state === 'running' && task?.startedAtMs === null;
  const report: unknown = task?.outputs;
  return {
    id: run.id,
    ...startedWith(run),
    state: isWaiting ? 'waiting' : run.state,
    progress: run.state === 'succeeded' ? 1 : (task?.progress ?? null),
    attempt: task?.attempt ?? 0,
    report: fits(BatchReport, report) ? report : null,
    error: task?.error ?? null,
    startedBy: run.startedBy,
    createdAtMs: run.createdAtMs,
    startedAtMs: task?.startedAtMs ?? null,
    endedAtMs: run.endedAtMs,
  };
}
