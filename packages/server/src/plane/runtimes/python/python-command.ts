import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HostLimits, ServableVariant } from '@mulle/contract';
import type { BlobStore } from '#platform/blobs/index.ts';
import { describeModel, modelFile, unpackBundle } from '#platform/bundles/index.ts';
import type { HostCommand } from '../host-process.ts';
import { packagesIn, type PythonEnvironments } from './python-environment.ts';
import type { UsedFolders } from './used-folders.ts';

const hostScript = fileURLToPath(new URL('./host.py', import.meta.url));
/** What the host loads by itself: MLflow, which brings a hundred packages, is left out of their environments. */
const loadedDirectly = new Set(['sklearn', 'xgboost', 'lightgbm']);

/** The command that hosts a bundle: unpacked, with the environment that its requirements name. */
export async function pythonCommand(
  { artifact, features, signature }: ServableVariant,
  { memoryMb, threads = 1 }: HostLimits,
  blobs: Pick<BlobStore, 'localPath'>,
  environments: PythonEnvironments,
  bundles: UsedFolders,
): Promise<HostCommand> {
  await bundles.use(artifact.digest);
  const folder = await unpackBundle(blobs, artifact.digest, bundles.folder);
  const model = await describeModel(await readFile(join(folder, modelFile), 'utf8'));
  const requirements = await readFile(join(folder, 'requirements.txt'), 'utf8').catch((cause: unknown) => {
    throw new Error('Its bundle has no requirements.txt, so nothing says what it needs.', { cause });
  });
  const named = packagesIn(requirements);
  const packages = loadedDirectly.has(model.flavor)
    ? named.filter((line) => !/^mlflow(-skinny)?\b(?!-)/.test(line))
    : named;
  const python = await environments.python({ pythonVersion: model.pythonVersion, packages });
  const description = join(folder, 'mulle-host.json');
  const described = { ...model, width: features.length, signature: signature ?? null };
  await writeFile(description, JSON.stringify(described));
  return {
    file: python,
    args: ['-u', hostScript, folder, description, String((memoryMb ?? 0) * 2 ** 20)],
    environment: { PYTHONDONTWRITEBYTECODE: '1', ...threadsOf(threads) },
    precision: 8,
  };
}

/** What the numeric libraries read of how many threads they may have. */
function threadsOf(count: number): Record<string, string> {
  return { OMP_NUM_THREADS: String(count), OPENBLAS_NUM_THREADS: String(count), MKL_NUM_THREADS: String(count) };
}
