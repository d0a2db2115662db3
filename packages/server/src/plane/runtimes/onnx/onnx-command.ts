import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import type { ServableVariant } from '@mulle/contract';
import { nodeEnvironment } from '#config/index.ts';
import type { BlobStore } from '#platform/blobs/index.ts';
import type { HostCommand } from '../host-process.ts';

const hostModule = fileURLToPath(new URL('./onnx-host.ts', import.meta.url));

/** The command that hosts the bytes of an ONNX model. */
export async function onnxCommand(
  { artifact, features }: ServableVariant,
  blobs: Pick<BlobStore, 'localPath'>,
): Promise<HostCommand> {
  const path = await blobs.localPath(artifact.digest);
  return {
    file: execPath,
    args: [hostModule, path, String(features.length)],
    environment: nodeEnvironment(),
    precision: 4,
  };
}
