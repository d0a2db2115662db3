import { join } from 'node:path';
import type { ArtifactFormat, HostLimits, ServableVariant } from '@mulle/contract';
import { nowMs } from '#kernel/clock.ts';
import type { BlobStore } from '#platform/blobs/index.ts';
import type { HostCommand } from './host-process.ts';
import { onnxCommand } from './onnx/onnx-command.ts';
import { pmmlCommand } from './pmml/pmml-command.ts';

const tendEveryMs = 86_400_000;

export interface HostCommandOptions {
  readonly blobs: Pick<BlobStore, 'localPath'>;
  /** Folder for what hosts need beside the bytes: unpacked bundles, environments. Shared by the data processes. */
  readonly folder: string;
  readonly log: (message: string) => void;
}

type HostCommandOf = (variant: ServableVariant, limits: HostLimits) => Promise<HostCommand>;

/** How each format of artifact is hosted: the table of runtimes. Rejects while its bytes or its environment are not here. */
export function hostCommands({ blobs, folder, log }: HostCommandOptions): HostCommandOf {
  let python: Promise<HostCommandOf> | undefined;
  /** Loaded with the first bundle: who serves none pays nothing for it. */
  const loadPython = async (): Promise<HostCommandOf> => {
    const [{ pythonCommand }, { PythonEnvironments }, { UsedFolders }] = await Promise.all([
      import('./python/python-command.ts'),
      import('./python/python-environment.ts'),
      import('./python/used-folders.ts'),
    ]);
    const kept = {
      environments: new UsedFolders(join(folder, 'environments')),
      bundles: new UsedFolders(join(folder, 'bundles')),
    };
    const tend = async (): Promise<void> => {
      for (const folders of Object.values(kept)) {
        await folders
          .tend(new Date(nowMs()))
          .catch((error: unknown) => log(`${folders.folder} is not tidied: ${String(error)}`));
      }
    };
    void tend();
    setInterval(() => void tend(), tendEveryMs).unref();
    const environments = new PythonEnvironments(kept.environments, log);
    return (variant, limits) => pythonCommand(variant, limits, blobs, environments, kept.bundles);
  };
  const runtimes: Record<ArtifactFormat, HostCommandOf> = {
    onnx: (variant) => onnxCommand(variant, blobs),
    pmml: (variant) => pmmlCommand(variant, blobs),
    bundle: async (variant, limits) => (await (python ??= loadPython()))(variant, limits),
  };
  return (variant, limits) => runtimes[variant.artifact.format](variant, limits);
}
