import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ServableVariant } from '@mulle/contract';
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
  await writeFile(description, JSON.stringify({ ...model, width: features.length, signature: signature ?? null }));
  return {
    file: python,
    args: ['-u', hostScript, folder, description],
    environment: { PYTHONDONTWRITEBYTECODE: '1', OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' },
    precision: 8,
  };
}
