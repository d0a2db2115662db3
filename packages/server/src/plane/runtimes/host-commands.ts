import { join } from 'node:path';
import type { ArtifactFormat, ServableVariant } from '@mulle/contract';
import type { BlobStore } from '#platform/blobs/index.ts';
import type { HostCommand } from './host-process.ts';
import { onnxCommand } from './onnx/onnx-command.ts';
import { pmmlCommand } from './pmml/pmml-command.ts';

export interface HostCommandOptions {
  readonly blobs: Pick<BlobStore, 'localPath'>;
  /** Folder for what hosts need beside the bytes: unpacked bundles, environments. Shared by the data processes. */
  readonly folder: string;
  readonly log: (message: string) => void;
}

/** How each format of artifact is hosted: the table of runtimes. Rejects while its bytes or its environment are not here. */
export function hostCommands({
  blobs,
  folder,
  log,
}: HostCommandOptions): (variant: ServableVariant) => Promise<HostCommand> {
  let python: Promise<(variant: ServableVariant) => Promise<HostCommand>> | undefined;
  /** Loaded with the first bundle: who serves none pays nothing for it. */
  const loadPython = async () => {
    const [{ pythonCommand }, { PythonEnvironments }] = await Promise.all([
      import('./python/python-command.ts'),
      import('./python/python-environment.ts'),
    ]);
    const environments = new PythonEnvironments(join(folder, 'environments'), log);
    return (variant: ServableVariant) => pythonCommand(variant, blobs, environments, join(folder, 'bundles'));
  };
  const runtimes: Record<ArtifactFormat, (variant: ServableVariant) => Promise<HostCommand>> = {
    onnx: (variant) => onnxCommand(variant, blobs),
    pmml: (variant) => pmmlCommand(variant, blobs),
    bundle: async (variant) => (await (python ??= loadPython()))(variant),
  };
  return (variant) => runtimes[variant.artifact.format](variant);
}
