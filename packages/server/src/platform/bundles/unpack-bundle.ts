import { constants } from 'node:fs';
import { access, copyFile, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BlobStore } from '#platform/blobs/index.ts';
import { MulleError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { readBundle } from './read-bundle.ts';

/**
 * The folder in which a bundle lies unpacked, under `parent` by its digest. It appears whole or not at all, and holds
 * copies: what a model does to its files does nothing to the blobs. Rejects while bytes are not here.
 */
export async function unpackBundle(
  blobs: Pick<BlobStore, 'localPath'>,
  digest: string,
  parent: string,
): Promise<string> {
  const folder = join(parent, digest);
  const isThere = await access(folder).then(
    () => true,
    () => false,
  );
  if (isThere) return folder;
  const { files } = readBundle(await readFile(await blobs.localPath(digest)));
  const unfinished = join(parent, `${newId()}.tmp`);
  try {
    for (const file of files) {
      const path = join(unfinished, file.path);
      await mkdir(dirname(path), { recursive: true });
      await copyFile(await blobs.localPath(file.digest), path, constants.COPYFILE_FICLONE);
    }
    await rename(unfinished, folder).catch(async (thrown: unknown) => {
      // Another process was faster; its folder holds the same.
      await access(folder).catch(() => Promise.reject(thrown));
    });
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOSPC')) throw thrown;
    throw new MulleError('storage_full', `Its files do not fit on the disk of ${parent}. Free some space.`, {
      cause: thrown,
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return folder;
}
