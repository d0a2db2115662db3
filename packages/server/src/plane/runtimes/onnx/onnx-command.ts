import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import type { ServableVariant } from '@mulle/contract';
import { nodeEnvironment } from '#config/index.ts';
import type { BlobStore } from '#platform/blobs/index.ts';
import type { HostCommand } from '../host-process.ts';

const hostModule = fileURLToPath(new URL('./onnx-host.ts', import.meta.url));

/** The command that hosts the bytes of an ONNX model. */
export async function onnxCommand(
  { artifact, features, signature }: ServableVariant,
  blobs: Pick<BlobStore, 'localPath'>,
): Promise<HostCommand> {
  const path = await blobs.localPath(artifact.digest);
  return {
    file: execPath,
    args: [hostModule, path, signature === undefined ? String(features.length) : 'tensors'],
    environment: nodeEnvironment(),
    precision: 4,
  };
}
