import { treeEnsembleOnnx } from '../../packages/server/src/domains/training/onnx/tree-ensemble.ts';
import { seededRandom } from '../../packages/server/src/kernel/random.ts';

export const featureNames = Array.from({ length: 20 }, (_, index) => `f${index}`);

/** 100 full trees of depth 6 over 20 features, as boosting on 20 informative columns makes them. */
export function treeModel(seed: number): Uint8Array {
  const random = seededRandom(seed);
  const splits = 2 ** 6 - 1;
  const nodes = 2 ** 7 - 1;
  const trees = Array.from({ length: 100 }, () => {
    const isSplit = (node: number): boolean => node < splits;
    const list = Array.from({ length: nodes }, (_, node) => node);
    return {
      feature: Int32Array.from(list, (node) => (isSplit(node) ? Math.floor(random() * 20) : -1)),
      threshold: Float32Array.from(list, (node) => (isSplit(node) ? random() : 0)),
      missingLeft: new Uint8Array(nodes),
      left: Int32Array.from(list, (node) => (isSplit(node) ? 2 * node + 1 : 0)),
      value: Float32Array.from(list, (node) => (isSplit(node) ? 0 : (random() - 0.5) / 5)),
    };
  });
  return treeEnsembleOnnx({ objective: 'log-loss', features: featureNames, base: 0, trees });
}

/** OIP bodies of one row each. */
export function inferBodies(seed: number, count: number): string[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const data = featureNames.map(() => Math.round(random() * 1e6) / 1e6);
    return JSON.stringify({ inputs: [{ name: 'input', shape: [1, 20], datatype: 'FP32', data }] });
  });
}
