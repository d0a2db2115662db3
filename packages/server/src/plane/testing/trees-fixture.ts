import onnxProto, { type onnx as Onnx } from 'onnx-proto';
import { seededRandom, type Random } from '#kernel/random.ts';
import { tensor } from './onnx-fixture.ts';

const { onnx } = onnxProto;
const { FLOAT, INT64 } = onnx.TensorProto.DataType;
const { FLOATS, INT, INTS, STRING, STRINGS } = onnx.AttributeProto.AttributeType;

export interface TreesOptions {
  columns: number;
  trees: number;
  operator: 'classifier' | 'regressor';
  /** Of the leaves' weights. */
  sign: 'mixed' | 'positive';
  /** Ids that each leaf has a weight for. */
  ids: readonly number[];
  base: number | null;
  mode: 'BRANCH_LEQ' | 'BRANCH_LT' | 'BRANCH_GT';
  transform: string;
  aggregate?: string;
}

interface Node {
  tree: number;
  node: number;
  column: number;
  threshold: number;
  /** Of a split; its right child follows. */
  left: number | undefined;
  missingTrue: boolean;
}

/** Random trees of uneven depth, with few different thresholds, ±0 and ∞ among them, and missing values on either side. */
export function treesModel(options: TreesOptions, seed: number): Buffer {
  const { columns, operator, ids, base, transform, aggregate } = options;
  const random = seededRandom(seed);
  const nodes = randomNodes(options, random);
  const isClassifier = operator === 'classifier';
  const attribute = [
    ...nodeAttributes(nodes, options.mode),
    ...leafAttributes(nodes, options, random),
    ...(base === null ? [] : [floats('base_values', [base])]),
    ...(aggregate === undefined ? [] : [text('aggregate_function', aggregate)]),
    text('post_transform', transform),
    isClassifier ? ints('classlabels_int64s', [0, 1]) : { name: 'n_targets', type: INT, i: ids.length },
  ];
  const output = isClassifier
    ? [tensor('label', INT64, null), tensor('probabilities', FLOAT, 2)]
    : [tensor('value', FLOAT, ids.length)];
  const node = {
    domain: 'ai.onnx.ml',
    opType: isClassifier ? 'TreeEnsembleClassifier' : 'TreeEnsembleRegressor',
    input: ['input'],
    output: output.map(({ name }) => name),
    attribute,
  };
  const opsetImport = [
    { domain: '', version: 17 },
    { domain: 'ai.onnx.ml', version: 3 },
  ];
  const graph = { name: 'trees', input: [tensor('input', FLOAT, columns)], output, node: [node] };
  return Buffer.from(onnx.ModelProto.encode({ irVersion: 8, opsetImport, graph }).finish());
}

function randomNodes({ trees, columns }: TreesOptions, random: Random): Node[] {
  const thresholds = [0, -0, Infinity, -Infinity, 1e-45, ...Array.from({ length: 40 }, () => (random() - 0.5) * 10)];
  const nodes: Node[] = [];
  for (let tree = 0; tree < trees; tree++) {
    const depths = [0];
    for (let node = 0; node < depths.length; node++) {
      const depth = depths[node] ?? 0;
      const isSplit = depth < 9 && random() < 0.9 - depth * 0.08;
      const left = isSplit ? depths.push(depth + 1, depth + 1) - 2 : undefined;
      const threshold = thresholds[Math.floor(random() * thresholds.length)] ?? 0;
      const column = Math.floor(random() * columns);
      nodes.push({ tree, node, column, threshold, left, missingTrue: isSplit && random() < 0.5 });
    }
  }
  return nodes;
}

function nodeAttributes(nodes: readonly Node[], mode: TreesOptions['mode']): Onnx.IAttributeProto[] {
  const modes = nodes.map(({ left }) => Buffer.from(left === undefined ? 'LEAF' : mode));
  const each = (name: string, read: (node: Node) => number): Onnx.IAttributeProto => ints(name, nodes.map(read));
  return [
    each('nodes_treeids', ({ tree }) => tree),
    each('nodes_nodeids', ({ node }) => node),
    each('nodes_featureids', ({ column }) => column),
    each('nodes_truenodeids', ({ left }) => left ?? 0),
    each('nodes_falsenodeids', ({ left = -1 }) => left + 1),
    each('nodes_missing_value_tracks_true', ({ missingTrue }) => Number(missingTrue)),
    floats(
      'nodes_values',
      nodes.map(({ threshold }) => threshold),
    ),
    { name: 'nodes_modes', type: STRINGS, strings: modes },
  ];
}

function leafAttributes(nodes: readonly Node[], options: TreesOptions, random: Random): Onnx.IAttributeProto[] {
  const { operator, ids, sign } = options;
  const kind = operator === 'classifier' ? 'class' : 'target';
  const leaves = nodes.filter(({ left }) => left === undefined);
  const weights = leaves.flatMap(({ tree, node }) =>
    ids.map((id) => ({ tree, node, id, weight: (random() - (sign === 'mixed' ? 0.5 : 0)) / 10 })),
  );
  const each = (name: string, get: (weight: (typeof weights)[number]) => number): Onnx.IAttributeProto =>
    (name === 'weights' ? floats : ints)(`${kind}_${name}`, weights.map(get));
  return [
    each('treeids', ({ tree }) => tree),
    each('nodeids', ({ node }) => node),
    each('ids', ({ id }) => id),
    each('weights', ({ weight }) => weight),
  ];
}

function ints(name: string, values: number[]): Onnx.IAttributeProto {
  return { name, type: INTS, ints: values };
}

function floats(name: string, values: number[]): Onnx.IAttributeProto {
  return { name, type: FLOATS, floats: values };
}

function text(name: string, value: string): Onnx.IAttributeProto {
  return { name, type: STRING, s: Buffer.from(value) };
}
