import { fileURLToPath } from 'node:url';
import type { ServableVariant } from '@mulle/contract';
import type { BlobStore } from '#platform/blobs/index.ts';
import type { HostCommand } from '../host-process.ts';
import { nodeHostCommand } from '../node-host-command.ts';

const hostModule = fileURLToPath(new URL('./onnx-host.ts', import.meta.url));

/** The command that hosts the bytes of an ONNX model. */
export function onnxCommand(variant: ServableVariant, blobs: Pick<BlobStore, 'localPath'>): Promise<HostCommand> {
  return nodeHostCommand(hostModule, variant, blobs, 4);
}
