import type { BlobSweep } from '#domains/artifacts/index.ts';
import type { BlobStore } from '#platform/blobs/index.ts';
import type { Handlers } from '../handler.ts';

export function blobsHandlers(
  blobs: BlobStore,
  sweep: BlobSweep,
): Pick<Handlers, 'putBlob' | 'getBlob' | 'sweepBlobs'> {
  return {
    putBlob: ({ body }) => blobs.put(body),
    sweepBlobs: ({ actor, body }) => sweep.sweep(actor, body),
    getBlob: ({ params }) => blobs.createReadStream(params.digest),
  };
}
