import { fileURLToPath } from 'node:url';
import type { ServableVariant } from '@mulle/contract';
import type { BlobStore } from '#platform/blobs/index.ts';
import type { HostCommand } from '../host-process.ts';
import { nodeHostCommand } from '../node-host-command.ts';

const hostModule = fileURLToPath(new URL('./pmml-host.ts', import.meta.url));

/** The command that hosts a PMML document, which computes in double precision. */
export function pmmlCommand(variant: ServableVariant, blobs: Pick<BlobStore, 'localPath'>): Promise<HostCommand> {
  return nodeHostCommand(hostModule, variant, blobs, 8);
}
