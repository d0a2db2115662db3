/**
 * What a condition says as far as it is a conjunction of comparisons: an interval for each number, a set for each text.
 * What else it says is kept as text, and known only to be equal to itself. Enough to prove that a rule can never fire,
 * or that two can never fire together; never used to prove that something does fire.
 */
import { serialize, type ASTNode } from '@marcbachmann/cel-js';

interface Interval {
  readonly low: number;
  readonly high: number;
  readonly openLow: boolean;
  readonly openHigh: boolean;
}

type Side =
  | { readonly kind: 'interval'; readonly interval: Interval }
  | { readonly kind: 'set'; readonly values: ReadonlySet<unknown> };

export interface ConditionBox {
  /** By the text of what is compared: `input.age`. */
  readonly sides: ReadonlyMap<string, Side>;
  readonly others: ReadonlySet<string>;
}

const everything: Interval = { low: -Infinity, high: Infinity, openLow: true, openHigh: true };
const flipped: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=', '==': '==' };

/** The box of a condition. */
export function conditionBox(ast: ASTNode): ConditionBox {
  const sides = new Map<string, Side>();
  const others = new Set<string>();
  for (const part of conjuncts(ast)) {
    if (part.op === 'value' && part.args === true) continue;
    const comparison = comparisonOf(part);
    if (comparison === null) others.add(serialize(part));
    else {
      const known = sides.get(comparison.path);
      const met = known === undefined ? comparison.side : intersection(known, comparison.side);
      sides.set(comparison.path, met);
    }
  }
  return { sides, others };
}

function conjuncts(node: ASTNode): ASTNode[] {
  return node.op === '&&' ? node.args.flatMap(conjuncts) : [node];
}

function comparisonOf(node: ASTNode): { path: string; side: Side } | null {
  if (node.op === 'in') {
    const [left, right] = node.args;
    if (right.op !== 'list' || !isPath(left)) return null;
    const values = right.args.map(literalOf);
    return values.includes(undefined)
      ? null
      : { path: serialize(left), side: { kind: 'set', values: new Set(values) } };
  }
  if (node.op !== '<' && node.op !== '<=' && node.op !== '>' && node.op !== '>=' && node.op !== '==') return null;
  const [left, right] = node.args;
  const [path, value, operator] = isPath(left)
    ? [left, literalOf(right), node.op]
    : [right, literalOf(left), flipped[node.op] ?? node.op];
  if (value === undefined || !isPath(path)) return null;
  if (operator === '==') return { path: serialize(path), side: { kind: 'set', values: new Set([value]) } };
  if (typeof value !== 'number') return null;
  const interval =
    operator === '<' || operator === '<='
      ? { ...everything, high: value, openHigh: operator === '<' }
      : { ...everything, low: value, openLow: operator === '>' };
  return { path: serialize(path), side: { kind: 'interval', interval } };
}

function isPath(node: ASTNode): boolean {
  return node.op === 'id' || (node.op === '.' && isPath(node.args[0]));
}

/** The value of a literal; undefined where the node is none. */
function literalOf(node: ASTNode): unknown {
  if (node.op === 'value') return typeof node.args === 'bigint' ? Number(node.args) : node.args;
  if (node.op !== '-_') return undefined;
  const value = literalOf(node.args);
  return typeof value === 'number' ? -value : undefined;
}

function within(value: unknown, { low, high, openLow, openHigh }: Interval): boolean {
  if (typeof value !== 'number') return false;
  return (openLow ? value > low : value >= low) && (openHigh ? value < high : value <= high);
}

function intersection(a: Side, b: Side): Side {
  if (a.kind === 'interval' && b.kind === 'interval') {
    const [p, q] = [a.interval, b.interval];
    const low = Math.max(p.low, q.low);
    const high = Math.min(p.high, q.high);
    const openLow = (p.low === low && p.openLow) || (q.low === low && q.openLow);
    const openHigh = (p.high === high && p.openHigh) || (q.high === high && q.openHigh);
    return { kind: 'interval', interval: { low, high, openLow, openHigh } };
  }
  const [set, other] = a.kind === 'set' ? [a, b] : [b, a];
  const values = set.kind === 'set' ? [...set.values] : [];
  const kept = values.filter((value) =>
    other.kind === 'set' ? other.values.has(value) : within(value, other.interval),
  );
  return { kind: 'set', values: new Set(kept) };
}

function isEmptySide(side: Side): boolean {
  if (side.kind === 'set') return side.values.size === 0;
  const { low, high, openLow, openHigh } = side.interval;
  return low > high || (low === high && (openLow || openHigh));
}

/** Whether nothing can be in it. */
export function isEmpty({ sides }: ConditionBox): boolean {
  return [...sides.values()].some(isEmptySide);
}

function covers(outer: Side, inner: Side): boolean {
  if (inner.kind === 'set')
    return [...inner.values].every((value) =>
      outer.kind === 'set' ? outer.values.has(value) : within(value, outer.interval),
    );
  if (outer.kind === 'set') return false;
  const [o, i] = [outer.interval, inner.interval];
  const low = o.low < i.low || (o.low === i.low && (!o.openLow || i.openLow));
  const high = o.high > i.high || (o.high === i.high && (!o.openHigh || i.openHigh));
  return low && high;
}

/** Whether whatever fires `inner` is sure to fire `outer`. */
export function isWithin(inner: ConditionBox, outer: ConditionBox): boolean {
  for (const [path, side] of outer.sides) {
    const own = inner.sides.get(path);
    if (own === undefined || !covers(side, own)) return false;
  }
  return [...outer.others].every((other) => inner.others.has(other));
}

/** Whether some facts fire both, as far as both are comparisons; false where either says more than that. */
export function overlaps(a: ConditionBox, b: ConditionBox): boolean {
  if ([...a.others].some((other) => !b.others.has(other)) || [...b.others].some((other) => !a.others.has(other)))
    return false;
  return [...a.sides].every(([path, side]) => {
    const other = b.sides.get(path);
    return other === undefined || !isEmptySide(intersection(side, other));
  });
}
