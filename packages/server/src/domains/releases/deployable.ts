import type { AppliedManifest, EndpointDefinition, ModelVersion, Variant } from '@mulle/contract';
import type { RegistryService } from '#domains/registry/index.ts';
import type { RulesService } from '#domains/rules/index.ts';
import { MulleError } from '#kernel/errors.ts';
import { versionMisfit } from './version-misfit.ts';

/** What releases need of the registry. */
export type ReleasableModels = Pick<RegistryService, 'getVersion' | 'resolveAlias' | 'listApprovals'>;

interface Sources {
  readonly models: ReleasableModels;
  readonly rules: Pick<RulesService, 'resolve'>;
  readonly manifest: () => AppliedManifest | null;
}

/** What a deploy names. */
export interface Target {
  /** One of the two. */
  readonly model?: string;
  readonly ruleSet?: string;
  /** Of a model one of the two; an alias means the version that it points at now. Of a rule set, default: the published one. */
  readonly version?: number;
  readonly alias?: string;
}

/** What a deploy names, fit to answer on this endpoint. */
export async function deployable(sources: Sources, definition: EndpointDefinition, wanted: Target): Promise<Variant> {
  const { model, ruleSet, version: number, alias } = wanted;
  if ((model === undefined) === (ruleSet === undefined))
    throw new MulleError('invalid_argument', 'Name either the model or the rule set to deploy.');
  if (ruleSet !== undefined) {
    if (alias !== undefined) throw new MulleError('invalid_argument', 'A rule set has no aliases. Name a version.');
    const reference = { ruleSet, ...(number === undefined ? {} : { version: number }) };
    const { version, state } = await sources.rules.resolve(reference);
    if (state === 'published') return { kind: 'rules', ruleSet, version };
    const message = `Version ${version} of the rule set '${ruleSet}' is a draft. Publish it first.`;
    throw new MulleError('approval_required', message);
  }
  const version = await resolve(sources, model ?? '', number, alias);
  await assertReleasable(sources, definition, version);
  return { kind: 'model', model: version.model, version: version.version };
}

async function resolve(
  { models }: Sources,
  model: string,
  version: number | undefined,
  alias: string | undefined,
): Promise<ModelVersion> {
  if (version !== undefined && alias === undefined) return models.getVersion(model, version);
  if (alias !== undefined && version === undefined) return models.resolveAlias(model, alias);
  throw new MulleError('invalid_argument', 'Name either the version or the alias of the model to deploy.');
}

async function assertReleasable(
  { models, manifest }: Sources,
  endpoint: EndpointDefinition,
  version: ModelVersion,
): Promise<void> {
  const name = `${version.model}@${version.version}`;
  const [verdict] = await models.listApprovals(version.model, version.version);
  if (verdict?.verdict === 'rejected')
    throw new MulleError('approval_required', `${name} was rejected. It can be released once somebody approves it.`);
  if (version.artifact.bytes === 0 || (endpoint.tensors === undefined && version.features.length === 0)) {
    throw new MulleError(
      'invalid_state',
      version.artifact.bytes === 0
        ? `${name} cannot be served: its files are not kept here. Register it from artifacts of this server.`
        : `${name} cannot be served: its signature names no columns of numbers. Log the model with a signature of such columns, or define an endpoint with "tensors".`,
    );
  }
  const applied = manifest();
  const misfit = applied && versionMisfit(endpoint, applied.manifest, version);
  if (misfit) throw new MulleError(misfit.code, `${name} ${misfit.problem}`, { details: misfit.details });
}
