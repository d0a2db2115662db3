/** A convex function whose value and gradient are known, and whose value along a line is cheap. */
export interface Convex {
  gradient(point: Float64Array): Float64Array;
  /** t ↦ f(point + t · direction); called with several t for one line. */
  along(point: Float64Array, direction: Float64Array): (t: number) => number;
}

const remembered = 10;
const sufficientDecrease = 1e-4;

/**
 * Limited-memory BFGS with backtracking (Nocedal & Wright 2006, algorithms 7.4 and 3.1). Yields after every iteration;
 * ends when the largest gradient component is at most `tolerance` or no step decreases the function any more.
 */
export function* minimise(
  convex: Convex,
  start: Float64Array,
  tolerance: number,
): Generator<{ point: Float64Array; value: number }> {
  let point = start;
  let gradient = convex.gradient(point);
  const history: { step: Float64Array; change: Float64Array; curvature: number }[] = [];
  while (gradient.some((g) => Math.abs(g) > tolerance)) {
    const direction = towardsMinimum(gradient, history);
    const along = convex.along(point, direction);
    const slope = dot(gradient, direction);
    const value = along(0);
    let t = 1;
    while (t > 1e-12 && !(along(t) <= value + sufficientDecrease * t * slope)) t /= 2;
    if (t <= 1e-12) return;
    const step = direction.map((d) => t * d);
    const next = point.map((x, i) => x + (step[i] ?? 0));
    const nextGradient = convex.gradient(next);
    const change = nextGradient.map((g, i) => g - (gradient[i] ?? 0));
    const curvature = dot(step, change);
    if (curvature > 0) history.push({ step, change, curvature });
    if (history.length > remembered) history.shift();
    point = next;
    gradient = nextGradient;
    yield { point, value: along(t) };
  }
}

/** The two-loop recursion: minus the inverse Hessian's estimate times the gradient. */
function towardsMinimum(
  gradient: Float64Array,
  history: readonly { step: Float64Array; change: Float64Array; curvature: number }[],
): Float64Array {
  let q = gradient.map((g) => -g);
  const alphas = history.toReversed().map(({ step, change, curvature }) => {
    const alpha = dot(step, q) / curvature;
    q = q.map((x, i) => x - alpha * (change[i] ?? 0));
    return alpha;
  });
  const last = history.at(-1);
  const scale = last === undefined ? 1 : last.curvature / dot(last.change, last.change);
  q = q.map((x) => x * scale);
  history.forEach(({ step, change, curvature }, k) => {
    const beta = dot(change, q) / curvature;
    const alpha = alphas[history.length - 1 - k] ?? 0;
    q = q.map((x, i) => x + (alpha - beta) * (step[i] ?? 0));
  });
  return q;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
