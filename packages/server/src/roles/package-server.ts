/**
 * A package, served: the data role alone, with definitions of one endpoint that its manifest says, in a folder of its own.
 * What it answers is what it answers anywhere: the same role with the same bytes.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  canonicalJson,
  variantId,
  type Definitions,
  type PackageManifest,
  type PackageSample,
  type SnapshotKey,
} from '@mulle/contract';
import { monotonicMs, nowMs, sleep } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import { newId, sha256 } from '#kernel/ids.ts';
import type { BlobStore } from '#platform/blobs/index.ts';
import { startDataRole, type DataRole } from '#plane/index.ts';

export interface PackageServerOptions {
  readonly manifest: Omit<PackageManifest, 'samples'>;
  readonly blobs: Pick<BlobStore, 'localPath'>;
  /** Of what the role keeps beside them. */
  readonly folder: string;
  readonly host: string;
  readonly port: number;
  /** Callers send it; null on this machine alone. */
  readonly key: string | null;
  readonly log: (message: string) => void;
}

const process = 'data-0';
const loadMs = 900_000;

function definitionsOf({ manifest, key }: PackageServerOptions): Definitions {
  const { model, version, artifact, features, signature, endpoint } = manifest;
  const variant = { kind: 'model' as const, model, version };
  const keys: SnapshotKey[] =
    key === null ? [] : [{ id: 'package', secretSha256: sha256(key), role: 'member', requestsPerSecond: null }];
  const servable = {
    id: variantId(variant),
    variant,
    version: String(version),
    artifact,
    features,
    ...(endpoint.tensors === undefined || signature === null ? {} : { signature }),
  };
  const content = {
    authentication: key !== null,
    keys,
    featureViews: [],
    endpoints: [
      {
        definition: endpoint,
        features: null,
        variants: [servable],
        release: { id: 'package', strategy: { kind: 'single' as const, variant } },
      },
    ],
  };
  return { ...content, version: 1, digest: sha256(canonicalJson(content)), createdAtMs: nowMs() };
}

/** Serves a package; resolves when its model answers. Rejects with `unavailable` and the reason where it does not load. */
export async function startPackageServer(options: PackageServerOptions): Promise<DataRole & { readonly url: string }> {
  const { folder, blobs, host, port, log, manifest } = options;
  await mkdir(join(folder, process), { recursive: true });
  await writeFile(join(folder, process, 'definitions.json'), JSON.stringify(definitionsOf(options)));
  const internalToken = newId();
  const role = await startDataRole({
    process,
    host,
    port,
    folder: join(folder, process),
    journalFolder: join(folder, 'journal'),
    hostsFolder: join(folder, 'hosts'),
    blobs,
    controlUrl: null,
    internalToken,
    maxConcurrentRequests: 4_096,
    requestBodyBytes: limits.requestBodyBytes,
    log,
  });
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${role.port}`;
  try {
    await modelLoads(url, internalToken, manifest.endpoint.name);
  } catch (thrown) {
    await role.close();
    throw thrown;
  }
  return { port: role.port, close: () => role.close(), url };
}

async function modelLoads(url: string, token: string, endpoint: string): Promise<void> {
  const untilMs = monotonicMs() + loadMs;
  for (;;) {
    const response = await fetch(`${url}/internal/status`, { headers: { authorization: `Bearer ${token}` } });
    const { endpoints } = (await response.json()) as {
      endpoints: { endpoint: string; hosts: { state: string }[]; guarded: Record<string, string> }[];
    };
    const status = endpoints.find((one) => one.endpoint === endpoint);
    if (status?.hosts.some(({ state }) => state === 'ready') === true) return;
    const [reason] = Object.values(status?.guarded ?? {});
    if (reason !== undefined) throw new MulleError('unavailable', `The model does not load: ${reason}`);
    if (monotonicMs() > untilMs) throw new MulleError('deadline_exceeded', 'The model did not load in time.');
    await sleep(50);
  }
}

/** The values that a request is answered with, by output. Throws the error's sentence where it is none. */
export async function askPackage(
  url: string,
  { endpoint }: Pick<PackageManifest, 'endpoint'>,
  request: PackageSample['request'],
  key: string | null,
): Promise<PackageSample['answer']> {
  const path =
    endpoint.tensors === undefined ? `/v1/endpoints/${endpoint.name}/predict` : `/v2/models/${endpoint.name}/infer`;
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key === null ? {} : { authorization: `Bearer ${key}` }) },
    body: JSON.stringify(request),
  });
  const text = await response.text();
  if (!response.ok)
    throw new MulleError('validation_failed', `A sample request was answered ${response.status}: ${text}`);
  const answer = JSON.parse(text) as { score?: number; outputs?: { name: string; data: unknown[] }[] };
  if (answer.outputs === undefined) return { score: [answer.score] };
  return Object.fromEntries(answer.outputs.map(({ name, data }) => [name, data]));
}
