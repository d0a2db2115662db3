import type { Actor } from '#domains/access/index.ts';
import type { Handlers } from '../handler.ts';

/** What is done to the installation as a whole. */
export function adminHandlers(
  reset: (actor: Actor, artifactRoot: string | null) => Promise<void>,
): Pick<Handlers, 'reset'> {
  return {
    async reset({ actor, body }) {
      await reset(actor, body.artifact_root ?? null);
      return {};
    },
  };
}
