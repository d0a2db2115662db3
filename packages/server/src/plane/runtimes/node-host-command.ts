import { execPath } from 'node:process';
import type { ServableVariant } from '@mulle/contract';
import { nodeEnvironment } from '#config/index.ts';
import type { BlobStore } from '#platform/blobs/index.ts';
import type { Precision } from './frames.ts';
import type { HostCommand } from './host-process.ts';

/** The command of a host that is a module of ours, with the arguments that `hostArguments` reads. */
export async function nodeHostCommand(
  module: string,
  { artifact, features, signature }: ServableVariant,
  blobs: Pick<BlobStore, 'localPath'>,
  precision: Precision,
): Promise<HostCommand> {
  const path = await blobs.localPath(artifact.digest);
  return {
    file: execPath,
    args: [module, path, signature === undefined ? String(features.length) : 'tensors'],
    environment: nodeEnvironment(),
    precision,
  };
}
