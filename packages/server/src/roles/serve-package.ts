import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson, fits, PackageManifest, type PackageSample } from '@mulle/contract';
import { MulleError } from '#kernel/errors.ts';
import { sha256 } from '#kernel/ids.ts';
import { openBlobStore, type BlobStore } from '#platform/blobs/index.ts';
import { readTar } from '#platform/files/tar-file.ts';
import { askPackage, startPackageServer, type PackageServerOptions } from './package-server.ts';
import { manifestFile } from './write-package.ts';

/** Of numbers, relative to the larger of 1 and the value: what other processors and libraries may differ by. */
const tolerance = 1e-6;

function damaged(path: string, problem: string): MulleError {
  return new MulleError('corrupt_data', `${path}: ${problem} Make it again with mulle package.`);
}

/** Unpacks a package into the store, every byte checked. Throws `not_found` or `corrupt_data`. */
async function openPackage(path: string, blobs: BlobStore): Promise<{ manifest: PackageManifest; id: string }> {
  await stat(path).catch((cause: unknown) => {
    throw new MulleError('not_found', `There is no file ${path}.`, { cause });
  });
  let text = '';
  await readTar(path, async (name, pieces) => {
    const [, named] = /^blobs\/([0-9a-f]{64})$/.exec(name) ?? [];
    if (name === manifestFile) for await (const piece of pieces) text += piece.toString('utf8');
    else if (named === undefined) throw damaged(path, `It holds "${name}".`);
    else if ((await blobs.put(pieces)).digest !== named) throw damaged(path, `The bytes of ${named} are others.`);
  });
  const manifest: unknown = text === '' ? undefined : JSON.parse(text);
  if (!fits(PackageManifest, manifest)) throw damaged(path, `It has no ${manifestFile} as packages have.`);
  for (const { digest } of manifest.blobs) {
    if ((await blobs.size(digest)) === undefined) throw damaged(path, `The bytes of ${digest} are missing.`);
  }
  return { manifest, id: sha256(canonicalJson(manifest)) };
}

export interface ServedPackage {
  readonly url: string;
  readonly id: string;
  readonly name: string;
  /** Sample requests that were answered as where it was made. */
  readonly checked: number;
  close(): Promise<void>;
}

/** Serves a package once it has answered its own samples. Throws `validation_failed` where it answers otherwise. */
export async function servePackage(
  path: string,
  options: Omit<PackageServerOptions, 'manifest' | 'blobs'>,
): Promise<ServedPackage> {
  const blobs = await openBlobStore(join(options.folder, 'blobs'));
  const { manifest, id } = await openPackage(path, blobs);
  const server = await startPackageServer({ ...options, blobs, manifest });
  try {
    for (const { request, answer } of manifest.samples) {
      const problem = difference(answer, await askPackage(server.url, manifest, request, options.key));
      if (problem !== undefined) {
        throw new MulleError('validation_failed', `The package answers otherwise than where it was made: ${problem}`);
      }
    }
  } catch (thrown) {
    await server.close();
    throw thrown;
  }
  return {
    url: server.url,
    id,
    name: manifest.endpoint.name,
    checked: manifest.samples.length,
    close: () => server.close(),
  };
}

/** The first value that is not as expected. */
function difference(expected: PackageSample['answer'], given: PackageSample['answer']): string | undefined {
  for (const [name, values] of Object.entries(expected)) {
    const own = given[name];
    if (own?.length !== values.length) return `${name} has ${own?.length ?? 'no'} values, not ${values.length}.`;
    for (const [place, value] of values.entries()) {
      const other = own[place];
      const isSame =
        typeof value === 'number' && typeof other === 'number'
          ? Math.abs(value - other) <= tolerance * Math.max(1, Math.abs(value))
          : value === other;
      if (!isSame) return `${name}[${place}] is ${String(other)}, not ${String(value)}.`;
    }
  }
  return undefined;
}
