import { ApiError, defineProject, type ControlClient } from '@mulle/client';
import type { EndpointDefinition, Manifest, ModelVersion } from '@mulle/contract';
import { MulleError } from '#kernel/errors.ts';
import { say } from './print.ts';

/** Whether a version's answer to a row of columns is one number, or the two of a classifier. */
function scoresRows({ artifact, features, signature }: ModelVersion): boolean {
  // Columns of a PMML document are named only where one number answers a row, whatever else it puts out.
  if (artifact.format === 'pmml') return features.length > 0;
  const [output, ...others] = signature?.outputs ?? [];
  if (features.length === 0 || others.length > 0) return false;
  if (output === undefined) return true;
  const [, columns = 1, ...deeper] = output.shape;
  return output.datatype !== 'BYTES' && deeper.length === 0 && [-1, 1, 2].includes(columns);
}

/**
 * An endpoint that asks for what a version takes: columns where it scores rows, else its typed tensors, also where
 * `asTensors` says so. Canary of a tenth for five minutes, the other variant as fallback.
 */
export function endpointFor(name: string, version: ModelVersion, asTensors: boolean): EndpointDefinition {
  const { features, signature } = version;
  if (asTensors && signature === null) {
    throw new MulleError('invalid_argument', `${version.model}@${version.version} has no signature of typed tensors.`);
  }
  const tensors = signature !== null && (asTensors || !scoresRows(version)) ? signature : undefined;
  return {
    name,
    ...(tensors === undefined ? {} : { tensors }),
    inputs: tensors ? [] : features.map((feature) => ({ name: feature, type: 'number', nullable: true })),
    policy: {
      kind: 'canary',
      steps: [{ weight: 0.1, minSeconds: 300, minSamples: 100 }],
      gates: [
        { metric: 'error-rate', max: 0.01 },
        { metric: 'latency-p95', maxMs: 300 },
      ],
      maxSeconds: 900,
      whenInconclusive: 'pause',
    },
    fallback: [{ kind: 'variant' }],
    timeout: '5s',
    slo: { p95Ms: 300, p99Ms: 500 },
  };
}

async function currentManifest(control: ControlClient): Promise<Manifest> {
  try {
    return (await control.call('getManifest', {})).manifest;
  } catch (thrown) {
    if (thrown instanceof ApiError && thrown.code === 'not_found') return defineProject({ name: 'default' });
    throw thrown;
  }
}

/** Adds an endpoint of this name to what is applied, unless it is there. A project file applied later decides anew. */
export async function createEndpoint(
  control: ControlClient,
  name: string,
  version: ModelVersion,
  asTensors: boolean,
): Promise<void> {
  const manifest = await currentManifest(control);
  if (manifest.endpoints.some((endpoint) => endpoint.name === name)) return;
  const endpoints = [...manifest.endpoints, endpointFor(name, version, asTensors)];
  const applied = await control.call('applyManifest', { body: { ...manifest, endpoints } });
  say(`Endpoint ${name} is made (manifest version ${applied.version}). Write it into your project file to keep it.`);
}
