/** A regression tree: a leaf with the mean of its rows, or a split of one column. Plain JSON. */
export type RegressionTree =
  | { readonly kind: 'leaf'; readonly value: number; readonly rows: number }
  | {
      readonly kind: 'split';
      readonly column: number;
      /** At most this goes below; a missing value (NaN) goes where `missing` says. */
      readonly threshold: number;
      readonly missing: 'below' | 'above';
      readonly below: RegressionTree;
      readonly above: RegressionTree;
    };

export interface RegressionTreeOptions {
  /** Splits on the longest way, 1 or more. */
  readonly depth: number;
  /** Fewest rows of a leaf; default 20. */
  readonly leafRows?: number;
  /** Cuts that are tried for each column; default 64. */
  readonly cuts?: number;
}

interface Sums {
  n: number;
  sum: number;
}

interface Split {
  readonly column: number;
  readonly threshold: number;
  readonly missing: 'below' | 'above';
  readonly gain: number;
}

/**
 * Fits by least squares, greedily (CART: Breiman, Friedman, Olshen and Stone 1984): each split is the one that takes most
 * out of the squared error, among cuts at quantiles of the column. `rows[i][column]`, NaN where missing.
 */
export function fitRegressionTree(
  rows: readonly ArrayLike<number>[],
  targets: ArrayLike<number>,
  { depth, leafRows = 20, cuts = 64 }: RegressionTreeOptions,
): RegressionTree {
  const all = rows.map((_, index) => index);
  return grow(rows, targets, all, depth, { leafRows, cuts });
}

function grow(
  rows: readonly ArrayLike<number>[],
  targets: ArrayLike<number>,
  members: readonly number[],
  depth: number,
  options: { leafRows: number; cuts: number },
): RegressionTree {
  const total = sumsOf(targets, members);
  const leaf = { kind: 'leaf', value: total.n > 0 ? total.sum / total.n : 0, rows: total.n } as const;
  if (depth === 0 || members.length < 2 * options.leafRows) return leaf;
  const columns = rows[members[0] ?? 0]?.length ?? 0;
  let best: Split | null = null;
  for (let column = 0; column < columns; column += 1) {
    const split = bestSplit(rows, targets, members, column, total, options);
    if (split !== null && split.gain > (best?.gain ?? 0)) best = split;
  }
  if (best === null || best.gain <= 1e-12 * Math.max(1, Math.abs(total.sum))) return leaf;
  const { column, threshold, missing } = best;
  const isBelow = (member: number): boolean => goesBelow(rows[member]?.[column] ?? Number.NaN, threshold, missing);
  const below = members.filter(isBelow);
  const above = members.filter((member) => !isBelow(member));
  return {
    kind: 'split',
    column,
    threshold,
    missing,
    below: grow(rows, targets, below, depth - 1, options),
    above: grow(rows, targets, above, depth - 1, options),
  };
}

const goesBelow = (value: number, threshold: number, missing: 'below' | 'above'): boolean =>
  Number.isNaN(value) ? missing === 'below' : value <= threshold;

function sumsOf(targets: ArrayLike<number>, members: readonly number[]): Sums {
  let sum = 0;
  for (const member of members) sum += targets[member] ?? 0;
  return { n: members.length, sum };
}

/** How much less the squared error is when the rows of `below` are apart from the rest. */
function gainOf(total: Sums, below: Sums, leafRows: number): number {
  const above = { n: total.n - below.n, sum: total.sum - below.sum };
  if (below.n < leafRows || above.n < leafRows) return 0;
  return below.sum ** 2 / below.n + above.sum ** 2 / above.n - total.sum ** 2 / total.n;
}

function bestSplit(
  rows: readonly ArrayLike<number>[],
  targets: ArrayLike<number>,
  members: readonly number[],
  column: number,
  total: Sums,
  { leafRows, cuts }: { leafRows: number; cuts: number },
): Split | null {
  const value = (member: number): number => rows[member]?.[column] ?? Number.NaN;
  const known = members.filter((member) => !Number.isNaN(value(member))).toSorted((a, b) => value(a) - value(b));
  const absent = sumsOf(
    targets,
    members.filter((member) => Number.isNaN(value(member))),
  );
  let best: Split | null = null;
  const running: Sums = { n: 0, sum: 0 };
  const stride = Math.max(1, Math.floor(known.length / (cuts + 1)));
  let due = stride;
  for (const [index, member] of known.entries()) {
    running.n += 1;
    running.sum += targets[member] ?? 0;
    const next = known[index + 1];
    // A cut lies between two values: among equal ones it waits for the end of them.
    if (next === undefined || index + 1 < due || value(next) === value(member)) continue;
    due = index + 1 + stride;
    const threshold = (value(member) + value(next)) / 2;
    for (const missing of absent.n > 0 ? (['below', 'above'] as const) : (['above'] as const)) {
      const below = missing === 'below' ? { n: running.n + absent.n, sum: running.sum + absent.sum } : running;
      const gain = gainOf(total, below, leafRows);
      if (gain > (best?.gain ?? 0)) best = { column, threshold, missing, gain };
    }
  }
  return best;
}

/** The value of the leaf that a row falls into. */
export function predictRegressionTree(tree: RegressionTree, row: ArrayLike<number>): number {
  let node = tree;
  while (node.kind === 'split') {
    node = goesBelow(row[node.column] ?? Number.NaN, node.threshold, node.missing) ? node.below : node.above;
  }
  return node.value;
}
