import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, mkdir, open, readFile, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { nowMs } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import { newId, sha256 } from '#kernel/ids.ts';
import { limits } from '#kernel/limits.ts';
import type { BlobStore, StoredBlob } from './blob-store.ts';

export interface BlobStoreOptions {
  /** Largest blob in bytes. */
  readonly maximumBytes?: number;
}

/** What a crash left half written is removed when it is this old; younger ones may belong to another process. */
const abandonedMs = 24 * 3_600_000;

function codeOf(thrown: unknown): unknown {
  return thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
}

function toBlobError(thrown: unknown): unknown {
  const code = codeOf(thrown);
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return thrown;
  return new MulleError('storage_full', 'The blob was not stored: the disk is full. Free space.', { cause: thrown });
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function* chunksOf(content: Uint8Array | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (content instanceof Uint8Array) yield content;
  else yield* content;
}

/**
 * Opens the store in a folder (made when absent): `<2 hex>/<62 hex>` by address. A blob is written and hashed under
 * `incoming/`, synced, renamed to its address, and the folder synced: what has an address is whole. Several processes
 * may use one folder.
 */
export async function openBlobStore(folder: string, options: BlobStoreOptions = {}): Promise<BlobStore> {
  await mkdir(join(folder, 'incoming'), { recursive: true });
  await removeAbandoned(join(folder, 'incoming'));
  return new FolderBlobStore(folder, options.maximumBytes ?? limits.blobBytes);
}

async function removeAbandoned(incoming: string): Promise<void> {
  for (const name of await readdir(incoming)) {
    const path = join(incoming, name);
    const found = await stat(path).catch(() => undefined);
    if (found && found.mtimeMs < nowMs() - abandonedMs) await rm(path, { force: true });
  }
}

/** Of one read or write: each costs a turn of a thread, whatever its length. */
const bytesAtOnce = 1024 ** 2;

class FolderBlobStore implements BlobStore {
  readonly #folder: string;
  readonly #maximumBytes: number;

  constructor(folder: string, maximumBytes: number) {
    this.#folder = folder;
    this.#maximumBytes = maximumBytes;
  }

  async put(content: Uint8Array | AsyncIterable<Uint8Array>): Promise<StoredBlob> {
    const incoming = join(this.#folder, 'incoming', newId());
    try {
      const stored = await this.#write(incoming, content);
      const path = this.#path(stored.digest);
      await this.#ensureFolder(dirname(path));
      await rename(incoming, path);
      await syncFolder(dirname(path));
      return stored;
    } catch (thrown) {
      await rm(incoming, { force: true });
      throw toBlobError(thrown);
    }
  }

  putFile(path: string): Promise<StoredBlob> {
    return this.put(createReadStream(path));
  }

  async get(digest: string): Promise<Uint8Array> {
    const bytes = await readFile(this.#path(digest)).catch((thrown: unknown) => this.#unreadable(digest, thrown));
    if (sha256(bytes) === digest) return bytes;
    throw new MulleError('corrupt_data', `Blob ${digest} is damaged on disk. Delete it and store it again.`);
  }

  async createReadStream(digest: string) {
    const handle = await open(this.#path(digest)).catch((thrown: unknown) => this.#unreadable(digest, thrown));
    const { size } = await handle.stat();
    return { stream: handle.createReadStream({ highWaterMark: bytesAtOnce }), bytes: size };
  }

  async size(digest: string): Promise<number | undefined> {
    const found = await stat(this.#path(digest)).catch((thrown: unknown) => {
      if (codeOf(thrown) === 'ENOENT') return undefined;
      throw thrown;
    });
    return found?.size;
  }

  async has(digest: string): Promise<boolean> {
    return (await this.size(digest)) !== undefined;
  }

  async localPath(digest: string): Promise<string> {
    if (await this.has(digest)) return this.#path(digest);
    throw notFound(digest);
  }

  async verify(digest: string): Promise<boolean> {
    const { stream } = await this.createReadStream(digest);
    const hash = createHash('sha256');
    for await (const chunk of stream) hash.update(chunk);
    return hash.digest('hex') === digest;
  }

  async *list(): AsyncGenerator<StoredBlob & { storedAtMs: number }> {
    for (const start of await readdir(this.#folder)) {
      if (!/^[0-9a-f]{2}$/.test(start)) continue;
      for (const rest of await readdir(join(this.#folder, start))) {
        const found = await stat(join(this.#folder, start, rest)).catch(() => undefined);
        if (found) yield { digest: start + rest, bytes: found.size, storedAtMs: found.mtimeMs };
      }
    }
  }

  async delete(digest: string): Promise<void> {
    await rm(this.#path(digest), { force: true });
  }

  #path(digest: string): string {
    if (!/^[0-9a-f]{64}$/.test(digest)) {
      throw new MulleError(
        'invalid_argument',
        `"${digest}" is no digest. Give the SHA-256 as 64 lowercase hex digits.`,
      );
    }
    return join(this.#folder, digest.slice(0, 2), digest.slice(2));
  }

  async #write(path: string, content: Uint8Array | AsyncIterable<Uint8Array>): Promise<StoredBlob> {
    const handle: FileHandle = await open(path, 'wx', 0o644);
    const hash = createHash('sha256');
    let bytes = 0;
    let waiting: Uint8Array[] = [];
    let waitingBytes = 0;
    const write = async (): Promise<void> => {
      await handle.writeFile(Buffer.concat(waiting));
      [waiting, waitingBytes] = [[], 0];
    };
    try {
      for await (const chunk of chunksOf(content)) {
        bytes += chunk.length;
        if (bytes > this.#maximumBytes) {
          throw new MulleError(
            'body_too_large',
            `A blob holds at most ${this.#maximumBytes} bytes. Store it in parts.`,
          );
        }
        hash.update(chunk);
        waiting.push(chunk);
        waitingBytes += chunk.length;
        if (waitingBytes >= bytesAtOnce) await write();
      }
      await write();
      await handle.sync();
    } finally {
      await handle.close();
    }
    await chmod(path, 0o444);
    return { digest: hash.digest('hex'), bytes };
  }

  async #ensureFolder(path: string): Promise<void> {
    const made = await mkdir(path, { recursive: true });
    if (made !== undefined) await syncFolder(this.#folder);
  }

  #unreadable(digest: string, thrown: unknown): never {
    if (codeOf(thrown) === 'ENOENT') throw notFound(digest);
    throw thrown;
  }
}

function notFound(digest: string): MulleError {
  return new MulleError('not_found', `There is no blob ${digest}. Store its bytes with PUT /api/blobs first.`);
}
