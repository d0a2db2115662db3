import type { PromptsService } from '#domains/prompts/index.ts';
import type { Handlers } from '../handler.ts';

type PromptsHandlers = Pick<Handlers, 'listPrompts' | 'listPromptVersions' | 'getPromptVersion'>;

export function promptsHandlers(prompts: PromptsService): PromptsHandlers {
  return {
    listPrompts: ({ query }) => prompts.list(query),
    listPromptVersions: ({ params, query }) => prompts.listVersions(params.prompt, query),
    getPromptVersion: ({ params }) => prompts.getVersion(params.prompt, params.version),
  };
}
