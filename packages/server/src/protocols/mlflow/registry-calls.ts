/** Calls of MLflow's protocol about registered models, their versions, stages, aliases and tags. */
import type { ModelStage, ModelVersion } from '@mulle/contract';
import { holdsRole, type Actor } from '#domains/access/index.ts';
import {
  stageNamed,
  type ModelCatalogue,
  type NewModelVersion,
  type RegisteredModel,
  type RegistrySearch,
  type RegistryService,
} from '#domains/registry/index.ts';
import { nowMs } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import { call, repeated, type MlflowCall, type MlflowRequest } from './call.ts';
import { doesNotExist, invalidParameter, MlflowError } from './mlflow-error.ts';
import { loggedKey } from './logged-key.ts';
import { aliasName, assertPlainSource, modelName, newAliasName, versionNumber } from './model-names.ts';
import { readPosition, writePosition } from './page-token.ts';
import { promptTag, registrySearch } from './registry-filter.ts';
import { tagOf, tagsOf, toModelMessage, toVersionMessage } from './registry-messages.ts';
import {
  maxResults,
  optionalBoolean,
  optionalInteger,
  optionalText,
  text,
  textList,
  type Fields,
} from './request-fields.ts';
import type { SourceResolver } from './version-source.ts';

export interface RegistryCallsOptions {
  readonly registry: RegistryService;
  readonly catalogue: ModelCatalogue;
  readonly sources: SourceResolver;
}

export function registryCalls(options: RegistryCallsOptions): readonly MlflowCall[] {
  return [...modelCalls(options), ...versionCalls(options), ...aliasCalls(options)];
}

async function foundModel({ catalogue }: RegistryCallsOptions, name: string): Promise<RegisteredModel> {
  const [model] = await catalogue.getModels([name]);
  if (model) return model;
  throw doesNotExist(`Registered Model with name=${name} not found`);
}

async function foundVersion({ registry }: RegistryCallsOptions, fields: Fields): Promise<ModelVersion> {
  const name = modelName(fields);
  const version = versionNumber(fields);
  try {
    return await registry.getVersion(name, version);
  } catch (thrown) {
    if (!(thrown instanceof MulleError) || thrown.code !== 'not_found') throw thrown;
    throw doesNotExist(`Model Version (name=${name}, version=${version}) not found`);
  }
}

function newestOf(name: string): RegistrySearch {
  return {
    filter: { clause: { on: 'name', comparator: '=', value: name } },
    order: [{ by: 'version', descending: true }],
  };
}

async function newestVersion({ catalogue }: RegistryCallsOptions, name: string): Promise<number | undefined> {
  return (await catalogue.searchVersions(newestOf(name), undefined, 1)).versions[0]?.version;
}

/** The newest version in each of the stages; of all stages where none is named. */
async function latestVersions(
  { catalogue }: RegistryCallsOptions,
  name: string,
  stages?: readonly ModelStage[],
): Promise<ModelVersion[]> {
  const { versions } = await catalogue.searchVersions(newestOf(name), undefined, 10_000);
  const newest = new Map<ModelStage, ModelVersion>();
  for (const version of versions) if (!newest.has(version.stage)) newest.set(version.stage, version);
  return [...newest.values()]
    .filter((version) => stages === undefined || stages.includes(version.stage))
    .toSorted((a, b) => a.version - b.version);
}

async function modelMessage(options: RegistryCallsOptions, model: RegisteredModel): Promise<object> {
  return toModelMessage(model, await latestVersions(options, model.name));
}

function stage(name: string): ModelStage {
  const found = stageNamed(name);
  if (found) return found;
  throw invalidParameter(
    `Invalid Model Version stage: ${name}. Value must be one of None, Staging, Production, Archived.`,
  );
}

function modelCalls(options: RegistryCallsOptions): MlflowCall[] {
  const { catalogue } = options;
  const base = 'registered-models';
  const answered = async (model: RegisteredModel) => ({ registered_model: await modelMessage(options, model) });
  const latest = async ({ fields }: MlflowRequest) => {
    const { name } = await foundModel(options, modelName(fields));
    const stages = textList(fields, 'stages').map(stage);
    return {
      model_versions: repeated(
        (await latestVersions(options, name, stages.length > 0 ? stages : undefined)).map(toVersionMessage),
      ),
    };
  };
  return [
    call('POST', `${base}/create`, 'member', async ({ fields, actor }) => {
      const name = modelName(fields);
      const description = optionalText(fields, 'description') ?? '';
      const tags = tagsOf(fields);
      if ((await catalogue.getModels([name])).length > 0) {
        throw new MlflowError('RESOURCE_ALREADY_EXISTS', `Registered Model (name=${name}) already exists.`);
      }
      return answered(await catalogue.create(actor, name, { description, tags }));
    }),
    call('GET', `${base}/get`, 'viewer', async ({ fields }) => answered(await foundModel(options, modelName(fields)))),
    call('POST', `${base}/rename`, 'maintainer', async ({ fields, actor }) => {
      const newName = modelName(fields, 'new_name');
      const { name } = await foundModel(options, modelName(fields));
      if ((await catalogue.getModels([newName])).length > 0) {
        throw new MlflowError('RESOURCE_ALREADY_EXISTS', `Registered Model (name=${newName}) already exists.`);
      }
      return answered(await catalogue.rename(actor, name, newName));
    }),
    call('PATCH', `${base}/update`, 'member', async ({ fields, actor }) => {
      const { name } = await foundModel(options, modelName(fields));
      return answered(await catalogue.describe(actor, name, optionalText(fields, 'description') ?? ''));
    }),
    call('DELETE', `${base}/delete`, 'maintainer', async ({ fields, actor }) => {
      const { name } = await foundModel(options, modelName(fields));
      await catalogue.delete(actor, name);
      return {};
    }),
    ...(['GET', 'POST'] as const).map((method) =>
      call(method, `${base}/search`, 'viewer', async ({ fields }) => {
        const search = registrySearch('models', optionalText(fields, 'filter') ?? '', textList(fields, 'order_by'));
        const after = readPosition(optionalText(fields, 'page_token'));
        const { models, next } = await catalogue.search(search, after, maxResults(fields, 100, 1_000));
        const messages: object[] = [];
        for (const model of models) messages.push(await modelMessage(options, model));
        return { registered_models: repeated(messages), next_page_token: next && writePosition(next) };
      }),
    ),
    call('POST', `${base}/get-latest-versions`, 'viewer', latest),
    call('GET', `${base}/get-latest-versions`, 'viewer', latest),
    call('POST', `${base}/set-tag`, 'member', async ({ fields, actor }) => {
      const { name } = await foundModel(options, modelName(fields));
      await catalogue.setTag(actor, name, ...tagOf(fields));
      return {};
    }),
    call('DELETE', `${base}/delete-tag`, 'member', async ({ fields, actor }) => {
      const { name } = await foundModel(options, modelName(fields));
      await catalogue.deleteTag(actor, name, loggedKey(fields));
      return {};
    }),
  ];
}

/** Beyond MLflow: whoever brings a registry over says which number and time a version has there. */
function registeredElsewhere(fields: Fields, actor: Actor): Pick<NewModelVersion, 'registeredAs'> {
  const version = optionalInteger(fields, 'version');
  if (version === undefined) return {};
  if (!holdsRole(actor, 'maintainer')) {
    throw new MulleError(
      'permission_denied',
      `Numbering versions needs the role maintainer; ${actor.name} is ${actor.role}.`,
    );
  }
  if (version < 1) throw invalidParameter(`Invalid value ${version} for parameter 'version' supplied.`);
  return { registeredAs: { version, createdAtMs: optionalInteger(fields, 'creation_timestamp') ?? nowMs() } };
}

async function createVersion(options: RegistryCallsOptions, { fields, actor }: MlflowRequest): Promise<ModelVersion> {
  const { registry, sources } = options;
  const name = modelName(fields);
  const source = text(fields, 'source');
  assertPlainSource(source);
  const tags = tagsOf(fields);
  await foundModel(options, name);
  const runId = optionalText(fields, 'run_id') || null;
  const modelId = optionalText(fields, 'model_id') || null;
  const elsewhere = registeredElsewhere(fields, actor);
  const isBrought = elsewhere.registeredAs !== undefined;
  const origin =
    promptTag in tags ? await sources.nothing(runId) : await sources.resolve(source, { runId, modelId, isBrought });
  const runLink = optionalText(fields, 'run_link');
  const description = optionalText(fields, 'description') ?? '';
  return registry.createVersion(actor, name, {
    ...origin,
    source,
    tags,
    description,
    runsElsewhere: true,
    ...(runLink === undefined ? {} : { runLink }),
    ...elsewhere,
  });
}

function versionCalls(options: RegistryCallsOptions): MlflowCall[] {
  const { registry, catalogue, sources } = options;
  const base = 'model-versions';
  const answered = (version: ModelVersion) => ({ model_version: toVersionMessage(version) });
  return [
    call('POST', `${base}/create`, 'member', async (request) => answered(await createVersion(options, request))),
    call('GET', `${base}/get`, 'viewer', async ({ fields }) => answered(await foundVersion(options, fields))),
    call('PATCH', `${base}/update`, 'member', async ({ fields, actor }) => {
      const { model, version } = await foundVersion(options, fields);
      const description = optionalText(fields, 'description') ?? '';
      return answered(await catalogue.describeVersion(actor, model, version, description));
    }),
    call('POST', `${base}/transition-stage`, 'member', async ({ fields, actor }) => {
      const wanted = stage(text(fields, 'stage'));
      const archive = optionalBoolean(fields, 'archive_existing_versions') ?? false;
      if (archive && wanted !== 'Staging' && wanted !== 'Production') {
        throw invalidParameter(
          `Model version transition cannot archive existing model versions because '${wanted}' is not an Active stage. Valid stages are ['Staging', 'Production']`,
        );
      }
      const { model, version } = await foundVersion(options, fields);
      return answered(await registry.transitionStage(actor, model, version, wanted, archive));
    }),
    call('DELETE', `${base}/delete`, 'maintainer', async ({ fields, actor }) => {
      const { model, version } = await foundVersion(options, fields);
      await catalogue.deleteVersion(actor, model, version);
      return {};
    }),
    ...(['GET', 'POST'] as const).map((method) =>
      call(method, `${base}/search`, 'viewer', async ({ fields }) => {
        const search = registrySearch('versions', optionalText(fields, 'filter') ?? '', textList(fields, 'order_by'));
        const after = readPosition(optionalText(fields, 'page_token'));
        const { versions, next } = await catalogue.searchVersions(search, after, maxResults(fields, 10_000, 200_000));
        return {
          model_versions: repeated(versions.map(toVersionMessage)),
          next_page_token: next && writePosition(next),
        };
      }),
    ),
    call('GET', `${base}/get-download-uri`, 'viewer', async ({ fields }) => ({
      artifact_uri: await sources.downloadUri(await foundVersion(options, fields)),
    })),
    call('POST', `${base}/set-tag`, 'member', async ({ fields, actor }) => {
      const { model, version } = await foundVersion(options, fields);
      await catalogue.setVersionTag(actor, model, version, ...tagOf(fields));
      return {};
    }),
    call('DELETE', `${base}/delete-tag`, 'member', async ({ fields, actor }) => {
      const { model, version } = await foundVersion(options, fields);
      await catalogue.deleteVersionTag(actor, model, version, loggedKey(fields));
      return {};
    }),
  ];
}

function aliasCalls(options: RegistryCallsOptions): MlflowCall[] {
  const { registry } = options;
  const path = 'registered-models/alias';
  return [
    call('POST', path, 'member', async ({ fields, actor }) => {
      const alias = newAliasName(fields);
      const { model, version } = await foundVersion(options, fields);
      await registry.setAlias(actor, model, alias, { version });
      return {};
    }),
    call('DELETE', path, 'member', async ({ fields, actor }) => {
      const { name, aliases } = await foundModel(options, modelName(fields));
      const alias = aliasName(fields);
      // An alias that is not there is deleted already, as MLflow has it.
      if (Object.hasOwn(aliases, alias)) await registry.deleteAlias(actor, name, alias);
      return {};
    }),
    call('GET', path, 'viewer', async ({ fields }) => {
      const { name, aliases } = await foundModel(options, modelName(fields));
      const alias = aliasName(fields);
      const version = alias.toLowerCase() === 'latest' ? await newestVersion(options, name) : aliases[alias];
      if (version === undefined) throw invalidParameter(`Registered model alias ${alias} not found.`);
      return { model_version: toVersionMessage(await registry.getVersion(name, version)) };
    }),
  ];
}
