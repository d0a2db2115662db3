/**
 * Registered models with their versions under the numbers that they have, their stages and aliases. What a policy asks
 * for before an alias or a stage is given is asked for here, too: a refusal is told, and the version stays without it.
 */
import { Type } from '@mulle/contract';
import { MulleError } from '#kernel/errors.ts';
import { importedTag, type ImportTarget } from './import-target.ts';
import type { ImportSource } from './import-source.ts';
import { recordOf, RegisteredModelMessage, VersionMessage } from './messages.ts';
import { isAbsent } from './wire.ts';

const api = '/api/2.0/mlflow';
const FoundModel = Type.Object({ registered_model: RegisteredModelMessage });
const FoundVersion = Type.Object({ model_version: VersionMessage });

export async function bringRegistry(target: ImportTarget, source: ImportSource): Promise<void> {
  const { tally } = target;
  const models: RegisteredModelMessage[] = [];
  const versions: VersionMessage[] = [];
  for await (const model of source.registeredModels()) {
    models.push(model);
    await tally.count('models', `model ${model.name}`, () => bringModel(target, model));
    for await (const version of source.versions(model.name)) versions.push(version);
  }
  // A version may be a copy of an older one of another model.
  const oldestFirst = versions.toSorted(
    (a, b) => a.creation_timestamp - b.creation_timestamp || Number(a.version) - Number(b.version),
  );
  for (const version of oldestFirst) {
    await tally.count('versions', `${version.name}@${version.version}`, () => bringVersion(target, version));
  }
  for (const model of models) {
    for (const { alias, version } of model.aliases ?? []) {
      await tally.count('aliases', `alias ${alias} of ${model.name}`, () =>
        bringAlias(target, model.name, alias, String(version)),
      );
    }
  }
}

async function modelThere({ wire }: ImportTarget, name: string): Promise<RegisteredModelMessage | undefined> {
  try {
    return (await wire.get(`${api}/registered-models/get`, { name }, FoundModel)).registered_model;
  } catch (thrown) {
    if (isAbsent(thrown)) return undefined;
    throw thrown;
  }
}

async function bringModel(target: ImportTarget, model: RegisteredModelMessage): Promise<'brought' | 'there'> {
  if (await modelThere(target, model.name)) return 'there';
  const { name, description = '', tags = [] } = model;
  await target.wire.send(`${api}/registered-models/create`, { name, description, tags });
  target.tally.sent.tags += tags.length;
  return 'brought';
}

async function versionThere({ wire }: ImportTarget, { name, version }: VersionMessage) {
  try {
    const { model_version } = await wire.get(
      `${api}/model-versions/get`,
      { name, version: String(version) },
      FoundVersion,
    );
    return recordOf(model_version.tags);
  } catch (thrown) {
    if (isAbsent(thrown)) return undefined;
    throw thrown;
  }
}

async function bringVersion(target: ImportTarget, version: VersionMessage): Promise<'brought' | 'there'> {
  const there = await versionThere(target, version);
  if (there?.[importedTag] !== undefined) return 'there';
  const { wire, tally } = target;
  const named = { name: version.name, version: String(version.version) };
  if (there === undefined) await createVersion(target, version);
  const stage = version.current_stage ?? 'None';
  if (stage !== 'None') await wire.send(`${api}/model-versions/transition-stage`, { ...named, stage });
  await wire.send(`${api}/model-versions/set-tag`, { ...named, key: importedTag, value: target.from });
  tally.sent.tags += version.tags?.length ?? 0;
  return 'brought';
}

/** Where the target does not know what a source names, the version stands without files, and the source tells where from. */
async function createVersion({ wire, from }: ImportTarget, version: VersionMessage): Promise<void> {
  const { name, creation_timestamp, description = '', run_id = '', run_link, tags = [] } = version;
  const told = {
    name,
    version: String(version.version),
    creation_timestamp,
    description,
    run_id,
    tags,
    ...(run_link ? { run_link } : {}),
  };
  const given = version.source ?? '';
  try {
    await wire.send(`${api}/model-versions/create`, { ...told, source: sourceHere(given) });
  } catch (thrown) {
    if (!isAbsent(thrown)) throw thrown;
    await wire.send(`${api}/model-versions/create`, { ...told, source: sourceThere(from, given) });
  }
}

/** The source in words that hold wherever the files of runs and models lie. */
function sourceHere(source: string): string {
  const [, model] = /\/models\/(m-[0-9a-f]{32})\/artifacts\/?$/.exec(source) ?? [];
  if (model !== undefined) return `models:/${model}`;
  const [, run, below] = /\/([0-9a-f]{32})\/artifacts(?:\/(.*?))?\/?$/.exec(source) ?? [];
  if (run === undefined) return source === '' ? 'unknown' : source;
  return below ? `runs:/${run}/${below}` : `runs:/${run}`;
}

function sourceThere(from: string, source: string): string {
  const path = /^mlflow-artifacts:(?:\/\/[^/]*)?\/*(.*)$/.exec(source)?.[1];
  if (path !== undefined) return `${from}/api/2.0/mlflow-artifacts/artifacts/${path}`;
  return source.replace(/^(models|runs):\//, `${from}#$1:/`);
}

async function bringAlias(
  target: ImportTarget,
  name: string,
  alias: string,
  version: string,
): Promise<'brought' | 'there'> {
  const model = await modelThere(target, name);
  if (!model) throw new MulleError('not_found', `The model ${name} was not brought over.`);
  // An alias that somebody moved here since stays where it is.
  if (model.aliases?.some((known) => known.alias === alias)) return 'there';
  await target.wire.send(`${api}/registered-models/alias`, { name, alias, version });
  return 'brought';
}
