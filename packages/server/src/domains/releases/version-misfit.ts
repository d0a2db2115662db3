import { describeTensor, type EndpointDefinition, type ErrorCode, type Manifest } from '@mulle/contract';
import type { ModelVersion, TensorSpec } from '@mulle/contract';
import { featureNames } from '#domains/project/index.ts';

/** Why a version cannot answer an endpoint. */
export interface VersionMisfit {
  readonly code: ErrorCode;
  /** Follows the version's name. */
  readonly problem: string;
  readonly details: Record<string, unknown>;
}

/** Whether every size that is given is taken. */
function takes(taken: readonly number[], given: readonly number[]): boolean {
  return taken.length === given.length && taken.every((size, axis) => size === -1 || size === given[axis]);
}

/** The first tensor that one side has otherwise than the other; undefined where all fit. */
function tensorMisfit(
  { name, tensors }: Pick<EndpointDefinition, 'name' | 'tensors'>,
  signature: ModelVersion['signature'],
): string | undefined {
  if (tensors === undefined) return undefined;
  if (signature === null) return 'has no signature of named tensors. Register it with one.';
  const differs = (verb: string, own: TensorSpec, other: TensorSpec | undefined): string =>
    `${verb} "${own.name}" as ${describeTensor(own)}, and '${name}' has ${other ? describeTensor(other) : 'no such tensor'}.`;
  for (const own of signature.inputs) {
    const given = tensors.inputs.find((tensor) => tensor.name === own.name);
    if (given?.datatype !== own.datatype || !takes(own.shape, given.shape)) return differs('takes', own, given);
  }
  const unknown = tensors.inputs.find(({ name: given }) => !signature.inputs.some((own) => own.name === given));
  if (unknown !== undefined) return `takes no "${unknown.name}", which '${name}' is given.`;
  if (signature.outputs.length === 0) return undefined;
  for (const wanted of tensors.outputs) {
    const own = signature.outputs.find((tensor) => tensor.name === wanted.name);
    if (own === undefined) return `gives no "${wanted.name}", which '${name}' answers with.`;
    if (own.datatype !== wanted.datatype || own.shape.length !== wanted.shape.length)
      return differs('gives', own, wanted);
  }
  return undefined;
}

/** What keeps a version from answering an endpoint: features that it does not compute, tensors that differ. */
export function versionMisfit(
  endpoint: EndpointDefinition,
  manifest: Manifest,
  version: ModelVersion,
): VersionMisfit | undefined {
  if (endpoint.tensors !== undefined) {
    const problem = tensorMisfit(endpoint, version.signature);
    return problem === undefined ? undefined : { code: 'invalid_shape', problem, details: {} };
  }
  const given = new Set(featureNames(endpoint, manifest));
  const missing = version.features.filter((name) => !given.has(name));
  if (missing.length === 0) return undefined;
  return {
    code: 'missing_feature',
    problem: `needs ${missing.join(', ')}, which '${endpoint.name}' does not compute. Add them to its feature service.`,
    details: { missing },
  };
}
