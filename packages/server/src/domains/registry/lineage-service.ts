import type { LineageGraph, ModelVersion } from '@mulle/contract';
import type { RegistryService } from './registry-service.ts';

export interface LineageOptions {
  readonly registry: RegistryService;
  readonly endpointsServing: (model: string, version: number) => Promise<readonly string[]>;
}

type Node = LineageGraph['nodes'][number];

function node(kind: Node['kind'], subject: string): Node {
  return { id: `${kind}:${subject}`, kind, subject };
}

/** What stands before a version, the nearest last: its dataset, its run, or where its files came from. */
function originsOf({ lineage, source }: ModelVersion): Node[] {
  const { datasetVersion, runId } = lineage;
  return [
    ...(datasetVersion ? [node('dataset-version', `${datasetVersion.dataset}@${datasetVersion.version}`)] : []),
    ...(runId === null ? [] : [node('run', runId)]),
    ...(source === null || source.startsWith('runs:/') ? [] : [sourceNode(source)]),
  ];
}

/** Another version where the source names one. */
function sourceNode(source: string): Node {
  const match = /^models:\/([^/]+)\/(\d+)$/.exec(source);
  return match ? node('model-version', `${match[1]}@${match[2]}`) : node('source', source);
}

export class LineageService {
  readonly #options: LineageOptions;

  constructor(options: LineageOptions) {
    this.#options = options;
  }

  /** The version in the middle: a chain of what it came from, and every endpoint that answers with it. */
  async graphOf(model: string, version: number): Promise<LineageGraph> {
    const { registry, endpointsServing } = this.#options;
    const origins = originsOf(await registry.getVersion(model, version));
    const middle = node('model-version', `${model}@${version}`);
    const chain = [...origins, middle];
    const endpoints = (await endpointsServing(model, version)).map((name) => node('endpoint', name));
    const edges = chain.slice(1).map((to, index) => ({ from: chain[index]?.id ?? '', to: to.id }));
    return {
      nodes: [...chain, ...endpoints],
      edges: [...edges, ...endpoints.map((endpoint) => ({ from: middle.id, to: endpoint.id }))],
    };
  }
}
