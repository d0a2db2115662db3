import type { DatasetVersion, Lineage } from '@mulle/contract';
import { MulleError } from '#kernel/errors.ts';
import type { TaskContext, TaskRunner } from '../task-context.ts';
import { withDuckdb } from './duckdb-task.ts';
import { jsonText } from './option-text.ts';
import { profileTrainingData } from './profile-training-data.ts';

function isNames(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}

function isNumbers(value: unknown): value is Record<string, number> {
  return (
    typeof value === 'object' && value !== null && Object.values(value).every((number) => typeof number === 'number')
  );
}

/** Parameters, seed and environment as the training run recorded them. */
async function fromRun(
  context: TaskContext,
  runId: string,
): Promise<Pick<Lineage, 'parameters' | 'seed' | 'environment'>> {
  const run = await context.control.call('getRun', { params: { id: runId } });
  const environment: Record<string, string> = {};
  for (const [tag, value] of Object.entries(run.tags)) {
    if (tag.startsWith('environment.')) environment[tag.slice('environment.'.length)] = value;
  }
  const seed = run.parameters['seed'];
  return { parameters: run.parameters, seed: seed === undefined ? null : Number(seed), environment };
}

/** Stores a sample of what the version was trained on, where there are rows. */
async function storeProfile(
  context: TaskContext,
  { parts }: DatasetVersion,
  trainingSet: string,
): Promise<Pick<Lineage, 'profileDigest'>> {
  const paths = await Promise.all(parts.map((part) => context.blobs.localPath(part.digest)));
  const isStored = /^[0-9a-f]{64}$/.test(trainingSet) && (await context.blobs.has(trainingSet));
  const features = isStored ? await context.blobs.localPath(trainingSet) : undefined;
  const profile = await withDuckdb(context, (session) => profileTrainingData(session, paths, features));
  if (profile === undefined) return {};
  return { profileDigest: (await context.blobs.put(Buffer.from(JSON.stringify(profile)))).digest };
}

/** Registers a trained model as the next version, with everything it was made from. */
export const runRegister: TaskRunner<'register'> = async (context, options) => {
  const features = jsonText(options.features, 'features', isNames);
  const metrics = options.metrics === undefined ? {} : jsonText(options.metrics, 'metrics', isNumbers);
  const recorded =
    options.runId === undefined
      ? { parameters: {}, seed: null, environment: {} }
      : await fromRun(context, options.runId);
  const trainingSet = recorded.parameters['trainingSet'];
  let datasetVersion: Lineage['datasetVersion'] = null;
  let profile: Pick<Lineage, 'profileDigest'> = {};
  if (options.dataset !== undefined && options.datasetVersion !== undefined) {
    const version = Number(options.datasetVersion);
    if (!Number.isInteger(version))
      throw new MulleError('invalid_argument', `"${options.datasetVersion}" is no dataset version.`);
    const found = await context.control.call('getDatasetVersion', { params: { name: options.dataset, version } });
    datasetVersion = { dataset: options.dataset, version, id: found.id };
    profile = await storeProfile(context, found, typeof trainingSet === 'string' ? trainingSet : '');
  }
  const { leased, control } = context;
  const registered = await control.call('createModelVersion', {
    params: { model: options.model },
    body: {
      artifactDigest: options.artifact,
      features,
      metrics,
      lineage: {
        ...recorded,
        runId: options.runId ?? null,
        datasetVersion,
        featureService: options.featureService ?? null,
        codeDigest: leased.codeDigest,
        ...profile,
      },
      causeId: leased.causeId,
    },
  });
  for (const alias of options.aliases ?? []) {
    await control.call('setAlias', {
      params: { model: options.model, alias },
      body: { version: registered.version, reason: `registered by ${leased.pipeline}`, causeId: leased.causeId },
    });
  }
  context.log(`${registered.model}@${registered.version} registered`);
  return { model: registered.model, version: registered.version };
};
