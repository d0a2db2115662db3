/** What webhooks are told of, with what each tells, as MLflow's webhooks have it. */
import type { AuditEntry } from '@mulle/contract';
import type { Static } from 'typebox';
import { isStageAlias, type ModelCatalogue, type RegistryService } from '#domains/registry/index.ts';
import { MulleError } from '#kernel/errors.ts';

const model = { name: 'example_model', tags: { example_key: 'example_value' }, description: 'An example model' };
const prompt = { name: 'example_prompt', tags: { example_key: 'example_value' }, description: 'An example prompt' };
const tag = { key: 'example_key', value: 'example_value' };

/** By event, an example of what it tells; also what a test delivery sends. */
const examples = {
  'registered_model.created': model,
  'model_version.created': { ...model, version: '1', source: 'models:/123', run_id: 'abcd1234abcd5678' },
  'model_version_tag.set': { name: model.name, version: '1', ...tag },
  'model_version_tag.deleted': { name: model.name, version: '1', key: tag.key },
  'model_version_alias.created': { name: model.name, alias: 'example_alias', version: '1' },
  'model_version_alias.deleted': { name: model.name, alias: 'example_alias' },
  'prompt.created': prompt,
  'prompt_version.created': { ...prompt, version: '1', template: 'Hello {{name}}!' },
  'prompt_tag.set': { name: prompt.name, ...tag },
  'prompt_tag.deleted': { name: prompt.name, key: tag.key },
  'prompt_version_tag.set': { name: prompt.name, version: '1', ...tag },
  'prompt_version_tag.deleted': { name: prompt.name, version: '1', key: tag.key },
  'prompt_alias.created': { name: prompt.name, alias: 'example_alias', version: '1' },
  'prompt_alias.deleted': { name: prompt.name, alias: 'example_alias' },
} as const;

export type WebhookEvent = keyof typeof examples;
export const webhookEvents = Object.keys(examples) as readonly WebhookEvent[];

export function examplePayload(event: WebhookEvent): object {
  return examples[event];
}

export interface Told {
  readonly event: WebhookEvent;
  readonly payload: object;
}

const promptTags = { mark: 'mlflow.prompt.is_prompt', text: 'mlflow.prompt.text' } as const;

export interface EventSources {
  readonly catalogue: Pick<ModelCatalogue, 'getModels'>;
  readonly registry: Pick<RegistryService, 'getVersion'>;
}

/** What webhooks are told of an audited change; undefined where it is none of theirs. */
export async function toldOf(
  { action, subject, details }: Static<typeof AuditEntry>,
  sources: EventSources,
): Promise<Told | undefined> {
  const [thing, verb] = action.split('.');
  if (thing !== 'model' && thing !== 'model-version' && thing !== 'alias') return undefined;
  const at = thing === 'model' ? subject.length : subject.lastIndexOf('@');
  const [name, version] = [subject.slice(0, at), subject.slice(at + 1)];
  const [found] = await sources.catalogue.getModels([name]);
  if (!found) return undefined;
  const isPrompt = found.tags[promptTags.mark]?.toLowerCase() === 'true';
  const keyed = { key: details['key'], value: details['value'] };
  if (thing === 'model') {
    if (verb === 'create') {
      const { description } = found;
      const payload = { name, tags: own(found.tags), description };
      return { event: isPrompt ? 'prompt.created' : 'registered_model.created', payload };
    }
    if (!isPrompt) return undefined;
    if (verb === 'set-tag') return { event: 'prompt_tag.set', payload: { name, ...keyed } };
    return verb === 'delete-tag' ? { event: 'prompt_tag.deleted', payload: { name, key: keyed.key } } : undefined;
  }
  if (thing === 'alias') return ofAlias(name, isPrompt, details);
  const of = isPrompt ? 'prompt_version' : 'model_version';
  if (verb === 'create') return ofVersion(sources, isPrompt, name, version);
  if (verb === 'set-tag') return { event: `${of}_tag.set`, payload: { name, version, ...keyed } };
  return verb === 'delete-tag' ? { event: `${of}_tag.deleted`, payload: { name, version, key: keyed.key } } : undefined;
}

function own(tags: Readonly<Record<string, string>>): Record<string, string> {
  const internal: readonly string[] = Object.values(promptTags);
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !internal.includes(key)));
}

function ofAlias(name: string, isPrompt: boolean, details: Readonly<Record<string, unknown>>): Told | undefined {
  const alias = String(details['alias']);
  // MLflow tells of no stage.
  if (isStageAlias(alias)) return undefined;
  const of = isPrompt ? 'prompt_alias' : 'model_version_alias';
  if (details['version'] === null) return { event: `${of}.deleted`, payload: { name, alias } };
  return { event: `${of}.created`, payload: { name, alias, version: `${Number(details['version'])}` } };
}

async function ofVersion(
  { registry }: EventSources,
  isPrompt: boolean,
  name: string,
  version: string,
): Promise<Told | undefined> {
  try {
    const { tags, description, source, lineage } = await registry.getVersion(name, Number(version));
    const shared = { name, version, tags: own(tags), description };
    if (isPrompt)
      return { event: 'prompt_version.created', payload: { ...shared, template: tags[promptTags.text] ?? '' } };
    return { event: 'model_version.created', payload: { ...shared, source, run_id: lineage.runId } };
  } catch (thrown) {
    // Deleted since.
    if (thrown instanceof MulleError && thrown.code === 'not_found') return undefined;
    throw thrown;
  }
}
