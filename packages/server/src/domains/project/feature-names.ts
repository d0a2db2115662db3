import type { EndpointDefinition, Manifest } from '@mulle/contract';

/** Names of the features that the endpoint's models are given, in order. Text is none: rules read it. */
export function featureNames(endpoint: EndpointDefinition, manifest: Manifest): string[] {
  const service = manifest.featureServices.find(({ name }) => name === endpoint.featureService);
  const features = service?.features ?? endpoint.inputs.filter(({ type }) => type !== 'string');
  return features.map((feature) => feature.name);
}
