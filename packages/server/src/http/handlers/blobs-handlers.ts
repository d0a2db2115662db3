import type { BlobStore } from '#platform/blobs/index.ts';
import type { Handlers } from '../handler.ts';

export function blobsHandlers(blobs: BlobStore): Pick<Handlers, 'putBlob' | 'getBlob'> {
  return {
    putBlob: ({ body }) => blobs.put(body),
    getBlob: ({ params }) => blobs.createReadStream(params.digest),
  };
}
