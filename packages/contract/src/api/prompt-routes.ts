import { Type } from '../type.ts';
import { ModelName } from '../names.ts';
import { Prompt, PromptVersion } from '../prompt.ts';
import { Body, Page, PageQuery, route } from './route.ts';

export const promptRoutes = {
  listPrompts: route({
    method: 'GET',
    path: '/api/prompts',
    summary: 'Prompts by name',
    access: 'viewer',
    query: PageQuery({}),
    response: Page(Prompt),
  }),
  listPromptVersions: route({
    method: 'GET',
    path: '/api/prompts/{prompt}/versions',
    summary: 'Versions of a prompt, newest first',
    access: 'viewer',
    params: Body({ prompt: ModelName }),
    query: PageQuery({}),
    response: Page(PromptVersion),
  }),
  getPromptVersion: route({
    method: 'GET',
    path: '/api/prompts/{prompt}/versions/{version}',
    summary: 'One version of a prompt',
    access: 'viewer',
    params: Body({ prompt: ModelName, version: Type.Integer({ minimum: 1 }) }),
    response: PromptVersion,
  }),
} as const;
