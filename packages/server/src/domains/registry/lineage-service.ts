import type { LineageGraph, ModelVersion } from '@mulle/contract';
import type { RegistryService } from './registry-service.ts';

export interface LineageOptions {
  readonly registry: RegistryService;
  readonly inputsOf: (runId: string) => Promise<RunsReadAndMade>;
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

/** What a run read and made, by name and id. */
interface RunsReadAndMade {
  readonly datasets: readonly string[];
  readonly models: readonly string[];
}

export class LineageService {
  readonly #options: LineageOptions;

  constructor(options: LineageOptions) {
    this.#options = options;
  }

  /** The run in the middle: what it read, the models it logged, its versions, and every endpoint that answers with one. */
  async graphOfRun(runId: string): Promise<LineageGraph> {
    const { registry, inputsOf, endpointsServing } = this.#options;
    const { datasets, models } = await inputsOf(runId);
    const run = node('run', runId);
    const read = datasets.map((name) => node('logged-dataset', name));
    const made = models.map((id) => node('logged-model', id));
    const graph: { nodes: Node[]; edges: LineageGraph['edges'] } = {
      nodes: [...read, run, ...made],
      edges: [...read.map(({ id }) => ({ from: id, to: run.id })), ...made.map(({ id }) => ({ from: run.id, to: id }))],
    };
    const served = new Map<string, Node>();
    for (const subject of await registry.versionsOfRun(runId)) {
      const at = subject.lastIndexOf('@');
      const version = node('model-version', subject);
      graph.nodes.push(version);
      graph.edges.push({ from: run.id, to: version.id });
      for (const name of await endpointsServing(subject.slice(0, at), Number(subject.slice(at + 1)))) {
        const endpoint = node('endpoint', name);
        served.set(endpoint.id, endpoint);
        graph.edges.push({ from: version.id, to: endpoint.id });
      }
    }
    return { nodes: [...graph.nodes, ...served.values()], edges: graph.edges };
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
