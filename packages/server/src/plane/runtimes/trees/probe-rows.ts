import { seededRandom } from '#kernel/random.ts';
import { aboveAll, valueAt } from './float32-order.ts';
import { nodeSize, type TreeEnsemble } from './tree-ensemble.ts';

const extremes = [Number.NaN, Infinity, -Infinity, 0, -0, 3.4028235e38, -3.4028235e38, 1.4e-45, -1.4e-45];

/**
 * Rows that take a tree ensemble where evaluations differ if they differ anywhere: values on its thresholds and next to
 * them, missing, infinite, smallest and largest ones, and values between the thresholds. Row by row.
 */
export function probeRows({ columns, nodes, slotColumns }: TreeEnsemble, rows: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  const orders = Array.from({ length: columns }, (): number[] => []);
  for (let at = 0; at < nodes.length; at += nodeSize) {
    const order = nodes[at + 1] ?? aboveAll;
    if (order !== aboveAll) orders[slotColumns[nodes[at] ?? 0] ?? 0]?.push(order);
  }
  const pick = (list: readonly number[]): number => list[Math.floor(random() * list.length)] ?? 0;
  const probe = (column: number): number => {
    const own = orders[column] ?? [];
    const kind = random();
    if (kind < 0.1 || own.length === 0) return pick(extremes);
    if (kind < 0.6) return valueAt(pick(own) + Math.floor(random() * 3) - 1);
    const share = random();
    return share * valueAt(pick(own)) + (1 - share) * valueAt(pick(own));
  };
  const values = Float32Array.from({ length: rows * columns }, (_, index) => probe(index % columns));
  // A row of nothing but missing values.
  return values.fill(Number.NaN, 0, columns);
}
