import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { ControlClient } from '@mulle/client';
import { canonicalJson, type EndpointDefinition, type ModelVersion, type PackageManifest } from '@mulle/contract';
import { MulleError } from '#kernel/errors.ts';
import { sha256 } from '#kernel/ids.ts';
import { seededRandom } from '#kernel/random.ts';
import { openBlobStore, type BlobStore, type StoredBlob } from '#platform/blobs/index.ts';
import { readBundle } from '#platform/bundles/index.ts';
import { writeTar, type TarEntry } from '#platform/files/tar-file.ts';
import { askPackage, startPackageServer, type PackageServerOptions } from './package-server.ts';

export const manifestFile = 'mulle-package.json';
const samples = 8;
const seed = 1;

async function fetchBlob(control: ControlClient, digest: string, blobs: BlobStore): Promise<StoredBlob> {
  const { body } = await control.stream('getBlob', { params: { digest } });
  if (body === null) throw new MulleError('unavailable', `The bytes of ${digest} could not be read. Try again.`);
  return blobs.put(Readable.fromWeb(body as ReadableStream<Uint8Array>));
}

/** All that a version is made of, fetched. */
async function fetchArtifact(control: ControlClient, version: ModelVersion, blobs: BlobStore): Promise<StoredBlob[]> {
  const { digest, format } = version.artifact;
  const fetched = [await fetchBlob(control, digest, blobs)];
  if (format !== 'bundle') return fetched;
  const { files } = readBundle(await blobs.get(digest));
  for (const each of new Set(files.map((file) => file.digest))) fetched.push(await fetchBlob(control, each, blobs));
  return fetched;
}

/** Requests made by a seed: normal numbers, empty text. */
function* requestsFor({ inputs, tensors }: EndpointDefinition): Generator<Record<string, unknown>> {
  const random = seededRandom(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  for (let count = 0; count < samples; count++) {
    if (tensors === undefined) {
      yield { input: Object.fromEntries(inputs.map(({ name }) => [name, normal()])) };
      continue;
    }
    yield {
      inputs: tensors.inputs.map(({ name, datatype, shape }) => {
        const sizes = shape.map((size) => Math.max(1, size));
        const elements = sizes.reduce((product, size) => product * size, 1);
        const value = (): unknown => {
          if (datatype === 'BYTES') return '';
          if (datatype === 'BOOL') return random() < 0.5;
          return /^U?INT/.test(datatype) ? Math.floor(random() * 10) : normal();
        };
        return { name, datatype, shape: sizes, data: Array.from({ length: elements }, value) };
      }),
    };
  }
}

export interface WrittenPackage {
  readonly path: string;
  readonly id: string;
  readonly samples: number;
}

/**
 * Makes a package of a version: its bytes, and sample requests with the answers that it gives here, served as it will be
 * anywhere. `requests` are a person's own; else they are made by a seed, and those that the model refuses are left out.
 */
export async function writePackage(
  control: ControlClient,
  version: ModelVersion,
  endpoint: EndpointDefinition,
  options: { output?: string; requests?: readonly Record<string, unknown>[]; log: (message: string) => void },
): Promise<WrittenPackage> {
  const folder = await mkdtemp(join(tmpdir(), 'mulle-package-'));
  try {
    const blobs = await openBlobStore(join(folder, 'blobs'));
    const fetched = await fetchArtifact(control, version, blobs);
    const { model, version: number, artifact, features, signature } = version;
    const served = {
      format: 'mulle-package-1' as const,
      model,
      version: number,
      artifact: { digest: artifact.digest, format: artifact.format },
      features,
      signature,
      endpoint,
      blobs: fetched.map(({ digest, bytes }) => ({ digest, bytes })),
    };
    const manifest: PackageManifest = { ...served, samples: await sampled(served, { ...options, folder, blobs }) };
    const text = Buffer.from(canonicalJson(manifest));
    const id = sha256(text);
    const path = options.output ?? `${endpoint.name}-${number}-${id.slice(0, 12)}.mulle.tar`;
    const entries: TarEntry[] = [{ name: manifestFile, bytes: text.length, content: text }];
    for (const { digest, bytes } of served.blobs) {
      entries.push({ name: `blobs/${digest}`, bytes, content: await blobs.localPath(digest) });
    }
    await writeTar(path, entries);
    return { path, id, samples: manifest.samples.length };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function sampled(
  manifest: Omit<PackageManifest, 'samples'>,
  {
    requests,
    ...options
  }: Pick<PackageServerOptions, 'blobs' | 'folder' | 'log'> & { requests?: readonly Record<string, unknown>[] },
): Promise<PackageManifest['samples']> {
  const server = await startPackageServer({ manifest, ...options, host: '127.0.0.1', port: 0, key: null });
  try {
    const answered: PackageManifest['samples'] = [];
    for (const request of requests ?? requestsFor(manifest.endpoint)) {
      try {
        answered.push({ request, answer: await askPackage(server.url, manifest, request, null) });
      } catch (thrown) {
        if (requests !== undefined) throw thrown;
      }
    }
    return answered;
  } finally {
    await server.close();
  }
}
