import type { RunImports } from '#domains/experiments/index.ts';
import type { Handlers } from '../handler.ts';

/** What was recorded elsewhere. */
export function importHandlers(imports: RunImports): Pick<Handlers, 'importRun' | 'importLoggedModel'> {
  return {
    importRun: ({ actor, params, body }) => imports.putRun(actor, params.id, body),
    importLoggedModel: ({ actor, params, body }) => imports.putLoggedModel(actor, params.id, body),
  };
}
