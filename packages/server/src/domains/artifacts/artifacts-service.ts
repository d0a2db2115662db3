/**
 * Artifacts: a tree of named files over content-addressed blobs. A file is there once all of its bytes are durable, and
 * replaced whole; what a caller that went away had sent stays nowhere. Deleting a name leaves its blob, which others may
 * share.
 */
import type { Readable } from 'node:stream';
import { canonicalJson, type Bundle } from '@mulle/contract';
import { nowMs } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import type { BlobStore } from '#platform/blobs/index.ts';
import type { Database } from '#platform/database/index.ts';
import { isTreeAddress, treePath } from './artifact-address.ts';
import { artifactPath } from './artifact-path.ts';
import type { ArtifactsTables } from './artifacts-tables.ts';

export interface ArtifactEntry {
  /** The last name of its path. */
  readonly name: string;
  readonly isFolder: boolean;
  /** Null for a folder. */
  readonly bytes: number | null;
}

interface ArtifactFile {
  readonly path: string;
  readonly digest: string;
  readonly bytes: number;
}

export interface ArtifactsOptions {
  readonly database: Database<ArtifactsTables>;
  readonly blobs: BlobStore;
}

export class ArtifactsService {
  readonly #options: ArtifactsOptions;

  constructor(options: ArtifactsOptions) {
    this.#options = options;
  }

  /** Stores a file as it comes. Throws `invalid_argument` on a path that leaves the tree, `conflict` on a folder's. */
  async put(given: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    const path = artifactPath(given);
    const { database, blobs } = this.#options;
    const { digest, bytes } = await blobs.put(content);
    await database.transaction(async (trx) => {
      const row = { digest, bytes, created_at_ms: nowMs() };
      await trx
        .insertInto('artifacts')
        .values({ path, ...row })
        .onConflict((conflict) => conflict.column('path').doUpdateSet(row))
        .execute();
    });
  }

  async open(given: string): Promise<{ stream: Readable; bytes: number; name: string }> {
    const path = artifactPath(given);
    const row = await this.#options.database.kysely
      .selectFrom('artifacts')
      .select('digest')
      .where('path', '=', path)
      .executeTakeFirst();
    if (!row) throw new MulleError('not_found', `No such artifact: '${path.split('/').at(-1)}'`);
    const { stream, bytes } = await this.#options.blobs.createReadStream(row.digest);
    return { stream, bytes, name: path.split('/').at(-1) ?? path };
  }

  /** What lies directly in a folder, by name; nothing where there is none. */
  async list(given: string): Promise<ArtifactEntry[]> {
    const folder = given.replace(/\/+$/, '') === '' ? '' : `${artifactPath(given)}/`;
    const entries = new Map<string, ArtifactEntry>();
    for (const { path, bytes } of await this.#below(folder)) {
      const rest = path.slice(folder.length);
      const slash = rest.indexOf('/');
      const name = slash < 0 ? rest : rest.slice(0, slash);
      entries.set(name, slash < 0 ? { name, isFolder: false, bytes } : { name, isFolder: true, bytes: null });
    }
    return [...entries.values()];
  }

  /** Removes a file, or a folder with all in it; nothing there is no error. */
  async delete(given: string): Promise<void> {
    const path = artifactPath(given);
    await this.#options.database.transaction(async (trx) => {
      await trx
        .deleteFrom('artifacts')
        .where((where) =>
          where.or([
            where('path', '=', path),
            where.and([where('path', '>=', `${path}/`), where('path', '<', `${path}0`)]),
          ]),
        )
        .execute();
    });
  }

  /** The same for all below an `mlflow-artifacts:/…` address; what another address names is not kept here, and stays. */
  async deleteTree(uri: string): Promise<void> {
    if (isTreeAddress(uri)) await this.delete(treePath(uri));
  }

  /** Stores the list of a folder's files as a bundle and gives its digest; undefined where there are none. */
  async bundle(given: string): Promise<string | undefined> {
    const folder = `${artifactPath(given)}/`;
    const files = await this.#below(folder);
    if (files.length === 0) return undefined;
    const bundle: Bundle = { files: files.map((file) => ({ ...file, path: file.path.slice(folder.length) })) };
    return (await this.#options.blobs.put(Buffer.from(canonicalJson(bundle)))).digest;
  }

  /** Files whose paths begin with `folder`, which ends with a slash or is empty. `0` is the character after the slash. */
  #below(folder: string): Promise<ArtifactFile[]> {
    const query = this.#options.database.kysely
      .selectFrom('artifacts')
      .select(['path', 'digest', 'bytes'])
      .orderBy('path');
    if (folder === '') return query.execute();
    return query
      .where('path', '>=', folder)
      .where('path', '<', `${folder.slice(0, -1)}0`)
      .execute();
  }
}
