export { type BlobStore, type StoredBlob } from './blob-store.ts';
export { openBlobStore, type BlobStoreOptions } from './folder-blob-store.ts';
