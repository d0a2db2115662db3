import type { ManifestService } from '#domains/project/index.ts';
import { MulleError } from '#kernel/errors.ts';
import type { Handlers } from '../handler.ts';

type ProjectHandlers = Pick<
  Handlers,
  | 'planManifest'
  | 'applyManifest'
  | 'getManifest'
  | 'listManifests'
  | 'revertManifest'
  | 'listFeatureViews'
  | 'listFeatureServices'
>;

export function projectHandlers(manifests: ManifestService): ProjectHandlers {
  return {
    planManifest: async ({ body }) => ({ changes: await manifests.plan(body) }),
    applyManifest: ({ body, actor }) => manifests.apply(body, actor),
    getManifest: async () => {
      const applied = manifests.current();
      if (applied) return applied;
      throw new MulleError('not_found', 'No manifest was applied yet. Apply one: mulle apply.');
    },
    listManifests: ({ query }) => manifests.history(query),
    revertManifest: ({ body, actor }) => manifests.revert(body.version, actor),
    listFeatureViews: async () => {
      const manifest = manifests.current()?.manifest;
      const users = (view: string): string[] =>
        (manifest?.featureServices ?? [])
          .filter((service) => service.features.some((feature) => 'view' in feature && feature.view === view))
          .map((service) => service.name);
      const views = manifest?.featureViews ?? [];
      return { items: views.map((definition) => ({ definition, usedBy: users(definition.name) })) };
    },
    listFeatureServices: async () => {
      const manifest = manifests.current()?.manifest;
      const users = (service: string): string[] =>
        (manifest?.endpoints ?? [])
          .filter((endpoint) => endpoint.featureService === service)
          .map((endpoint) => endpoint.name);
      const services = manifest?.featureServices ?? [];
      return { items: services.map((definition) => ({ definition, usedBy: users(definition.name) })) };
    },
  };
}
