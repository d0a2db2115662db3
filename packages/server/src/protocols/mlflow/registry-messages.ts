/** Registered models and their versions as MLflow's protocol writes them. */
import type { ModelVersion } from '@mulle/contract';
import { isStageAlias, type RegisteredModel } from '#domains/registry/index.ts';
import { loggedKey } from './logged-key.ts';
import { invalidParameter } from './mlflow-error.ts';
import { objectList, optionalText, type Fields } from './request-fields.ts';

const valueCharacters = 100_000;

function pairs(values: Readonly<Record<string, string>>): { key: string; value: string }[] | undefined {
  const listed = Object.entries(values).map(([key, value]) => ({ key, value }));
  return listed.length > 0 ? listed : undefined;
}

export function toVersionMessage(version: ModelVersion): object {
  // Aliases of stages are `current_stage` here: MLflow's own server lists them nowhere else.
  const aliases = version.aliases.filter((alias) => !isStageAlias(alias));
  return {
    name: version.model,
    version: String(version.version),
    creation_timestamp: version.createdAtMs,
    last_updated_timestamp: version.updatedAtMs,
    current_stage: version.stage,
    description: version.description,
    source: version.source ?? `mulle-blobs:/${version.artifact.digest}`,
    run_id: version.lineage.runId ?? '',
    status: 'READY',
    tags: pairs(version.tags),
    run_link: version.runLink ?? '',
    aliases: aliases.length > 0 ? aliases : undefined,
  };
}

export function toModelMessage(model: RegisteredModel, latest: readonly ModelVersion[]): object {
  const aliases = Object.entries(model.aliases)
    .filter(([alias]) => !isStageAlias(alias))
    .map(([alias, version]) => ({ alias, version: String(version) }));
  return {
    name: model.name,
    creation_timestamp: model.createdAtMs,
    last_updated_timestamp: model.updatedAtMs,
    description: model.description === '' ? undefined : model.description,
    latest_versions: latest.length > 0 ? latest.map(toVersionMessage) : undefined,
    tags: pairs(model.tags),
    aliases: aliases.length > 0 ? aliases : undefined,
  };
}

/** Key and value of a tag within their limits. */
export function tagOf(fields: Fields): [string, string] {
  const key = loggedKey(fields);
  const value = optionalText(fields, 'value') ?? '';
  if (value.length <= valueCharacters) return [key, value];
  throw invalidParameter(`'value' exceeds the maximum length of ${valueCharacters} characters`);
}

export function tagsOf(fields: Fields): Record<string, string> {
  return Object.fromEntries(objectList(fields, 'tags').map(tagOf));
}
