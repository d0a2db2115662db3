/** Size of a box and of the room between boxes, px. */
export interface BoxSize {
  readonly width: number;
  readonly height: number;
  readonly betweenLayers: number;
  readonly betweenRows: number;
}

export interface GraphNode {
  readonly name: string;
  readonly dependsOn?: readonly string[];
}

export interface PlacedNode {
  readonly name: string;
  readonly x: number;
  readonly y: number;
}

export interface GraphLayout {
  readonly nodes: readonly PlacedNode[];
  /** Cubic curves from the right of one box to the left of the next. */
  readonly edges: readonly { from: string; to: string; path: string }[];
  readonly width: number;
  readonly height: number;
}

/** A node's layer is the longest way to it from a node that needs nothing; a cycle counts as needing nothing. */
function layersOf(nodes: readonly GraphNode[]): string[][] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const depth = new Map<string, number>();
  const depthOf = (name: string, seen: ReadonlySet<string>): number => {
    const known = depth.get(name);
    if (known !== undefined) return known;
    if (seen.has(name)) return 0;
    const needs = (byName.get(name)?.dependsOn ?? []).filter((need) => byName.has(need));
    const found = Math.max(0, ...needs.map((need) => depthOf(need, new Set([...seen, name])) + 1));
    depth.set(name, found);
    return found;
  };
  const layers: string[][] = [];
  for (const { name } of nodes) {
    const layer = depthOf(name, new Set());
    (layers[layer] ??= []).push(name);
  }
  // A cycle may leave layers empty.
  return Object.values(layers);
}

/** Left to right in layers, each ordered by the middle of what its nodes need, so that lines cross little. */
export function layoutGraph(nodes: readonly GraphNode[], box: BoxSize): GraphLayout {
  const needs = new Map(nodes.map(({ name, dependsOn }) => [name, dependsOn ?? []]));
  const layers = layersOf(nodes);
  const rows = Math.max(1, ...layers.map((layer) => layer.length));
  const height = rows * (box.height + box.betweenRows) - box.betweenRows;
  const places = new Map<string, PlacedNode>();
  const middle = (name: string): number => {
    const ys = (needs.get(name) ?? []).map((need) => places.get(need)?.y ?? 0);
    return ys.length === 0 ? 0 : ys.reduce((sum, y) => sum + y, 0) / ys.length;
  };
  for (const [index, layer] of layers.entries()) {
    const ordered = layer.toSorted((a, b) => middle(a) - middle(b));
    const top = (height - ordered.length * (box.height + box.betweenRows) + box.betweenRows) / 2;
    for (const [row, name] of ordered.entries()) {
      places.set(name, {
        name,
        x: index * (box.width + box.betweenLayers),
        y: top + row * (box.height + box.betweenRows),
      });
    }
  }
  const edges = nodes.flatMap(({ name }) =>
    (needs.get(name) ?? []).flatMap((need) => {
      const [from, to] = [places.get(need), places.get(name)];
      if (from === undefined || to === undefined) return [];
      const [x1, y1, y2] = [from.x + box.width, from.y + box.height / 2, to.y + box.height / 2];
      const bend = (to.x - x1) / 2;
      return [{ from: need, to: name, path: `M${x1} ${y1}C${x1 + bend} ${y1} ${to.x - bend} ${y2} ${to.x} ${y2}` }];
    }),
  );
  const width = layers.length * (box.width + box.betweenLayers) - box.betweenLayers;
  return { nodes: [...places.values()], edges, width: Math.max(box.width, width), height };
}
