import type { Readable } from 'node:stream';

/** The address of stored bytes: their SHA-256 in lowercase hex, and how many they are. */
export interface StoredBlob {
  readonly digest: string;
  readonly bytes: number;
}

/**
 * Bytes by their content: artifacts, dataset parts, bundles. What is stored never changes; storing it again is no
 * error. Where `digest` is asked for and absent: `not_found`.
 */
export interface BlobStore {
  /**
   * Stores what comes, as it comes, and answers when it is durable. Throws `body_too_large` beyond the limit,
   * `storage_full` when the disk is; then nothing of it stays.
   */
  put(content: Uint8Array | AsyncIterable<Uint8Array>): Promise<StoredBlob>;
  /** Stores a copy of a file. */
  putFile(path: string): Promise<StoredBlob>;
  /** All bytes, checked against their address; throws `corrupt_data` when they are not those that were stored. */
  get(digest: string): Promise<Uint8Array>;
  /** The bytes as they are read; not checked. */
  createReadStream(digest: string): Promise<{ readonly stream: Readable; readonly bytes: number }>;
  /** Number of bytes, or undefined when absent. */
  size(digest: string): Promise<number | undefined>;
  has(digest: string): Promise<boolean>;
  /** A path on this machine that a native library can open for reading. */
  localPath(digest: string): Promise<string>;
  /** Whether the stored bytes are still those of their address; reads all of them. */
  verify(digest: string): Promise<boolean>;
  /** Every blob, in no order. One that is put again counts as stored anew. */
  list(): AsyncIterable<StoredBlob & { readonly storedAtMs: number }>;
  /** Removes the bytes; absent ones are no error. */
  delete(digest: string): Promise<void>;
}
