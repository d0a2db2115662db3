import { askEndpoint, narrowToEndpoint, readDataStatuses, type DataStatusOptions } from '#domains/endpoints/index.ts';
import type { ManifestService } from '#domains/project/index.ts';
import type { ReleaseService } from '#domains/releases/index.ts';
import type { Handlers } from '../handler.ts';

type EndpointsHandlers = Pick<
  Handlers,
  'listEndpoints' | 'getEndpoint' | 'getEndpointStatus' | 'tryEndpoint' | 'deploy' | 'rollbackEndpoint'
>;

export function endpointsHandlers(
  manifests: ManifestService,
  releases: ReleaseService,
  data: DataStatusOptions,
): EndpointsHandlers {
  return {
    listEndpoints: async () => {
      const endpoints = manifests.current()?.manifest.endpoints ?? [];
      return { items: await Promise.all(endpoints.map(({ name }) => releases.summary(name))) };
    },
    getEndpoint: ({ params }) => releases.summary(params.name),
    getEndpointStatus: async ({ params }) => {
      const { definition } = await releases.summary(params.name);
      return { ...narrowToEndpoint(await readDataStatuses(data), definition.name), urls: [...data.dataUrls()] };
    },
    tryEndpoint: async ({ params, body, headers }) => {
      const { definition } = await releases.summary(params.name);
      return askEndpoint(data, definition, { ...body, authorization: headers.authorization });
    },
    deploy: ({ params, body, actor }) => releases.deploy(params.name, body, actor),
    rollbackEndpoint: ({ params, body, actor }) => releases.rollbackEndpoint(params.name, body.reason, actor),
  };
}
