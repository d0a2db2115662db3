/**
 * Prompts: a view of the registry. MLflow keeps a prompt as a registered model that a tag marks, and the text of a version
 * as a tag of the version; whoever registers one by MLflow's client finds it here, and the other way round.
 */
import type { ModelVersion, Prompt, PromptVersion } from '@mulle/contract';
import type { ModelCatalogue, RegistryClause, RegistrySearch } from '#domains/registry/index.ts';
import { MulleError } from '#kernel/errors.ts';
import { allOf } from '#platform/filters/index.ts';
import { pageOf, readPageToken, type PageRequest } from '#platform/database/index.ts';

const textTag = 'mlflow.prompt.text';
const typeTag = '_mlflow_prompt_type';
/** Tags by which MLflow stores a prompt: they are no tags of the prompt's own. */
const isInner = (key: string): boolean => /^(mlflow\.prompt\.|_mlflow_)/.test(key);

function ownTags(tags: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !isInner(key)));
}

function toPromptVersion(version: ModelVersion): PromptVersion {
  return {
    prompt: version.model,
    version: version.version,
    template: version.tags[textTag] ?? '',
    type: version.tags[typeTag] === 'chat' ? 'chat' : 'text',
    aliases: version.aliases,
    tags: ownTags(version.tags),
    description: version.description,
    createdAtMs: version.createdAtMs,
  };
}

export class PromptsService {
  readonly #catalogue: ModelCatalogue;

  constructor(catalogue: ModelCatalogue) {
    this.#catalogue = catalogue;
  }

  /** By name. */
  list(request: PageRequest): Promise<{ items: Prompt[]; nextPageToken?: string }> {
    const after = readPageToken(request);
    const search: RegistrySearch = { filter: { and: [] }, order: [], prompts: true };
    return pageOf(
      request,
      async (count) => (await this.#catalogue.search(search, after === undefined ? undefined : [after], count)).models,
      (prompt) => prompt.name,
      (prompt) => ({ ...prompt, tags: ownTags(prompt.tags), aliases: { ...prompt.aliases } }),
    );
  }

  /** Newest first. */
  async listVersions(
    prompt: string,
    request: PageRequest,
  ): Promise<{ items: PromptVersion[]; nextPageToken?: string }> {
    const before = readPageToken(request);
    const filter = allOf<RegistryClause>([
      { on: 'name', comparator: '=', value: prompt },
      ...(before === undefined ? [] : [{ on: 'version', comparator: '<', value: before } as const]),
    ]);
    const search = { filter, order: [{ by: 'version', descending: true } as const], prompts: true };
    const page = await pageOf(
      request,
      async (count) => (await this.#catalogue.searchVersions(search, undefined, count)).versions,
      (version) => version.version,
      toPromptVersion,
    );
    if (page.items.length > 0 || before !== undefined) return page;
    const [found] = await this.#catalogue.getModels([prompt]);
    if (found) return page;
    throw new MulleError('not_found', `There is no prompt ${prompt}. GET /api/prompts lists them.`);
  }

  async getVersion(prompt: string, version: number): Promise<PromptVersion> {
    const filter = allOf<RegistryClause>([
      { on: 'name', comparator: '=', value: prompt },
      { on: 'version', comparator: '=', value: version },
    ]);
    const { versions } = await this.#catalogue.searchVersions({ filter, order: [], prompts: true }, undefined, 1);
    const [found] = versions;
    if (found) return toPromptVersion(found);
    throw new MulleError(
      'not_found',
      `There is no ${prompt}@${version}. GET /api/prompts/${prompt}/versions lists them.`,
    );
  }
}
