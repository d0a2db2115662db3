/** An item's id, and the ranker that placed it. */
export interface Placed {
  readonly item: string;
  readonly team: 'a' | 'b';
}

type Ranking = readonly string[];

/**
 * Team draft (Radlinski, Kurup and Joachims 2008): in each round a coin says who picks first, and each ranker picks its
 * best item that is not yet shown. `coin` yields uniform numbers in [0, 1), from a hash of the request.
 */
export function teamDraft(a: Ranking, b: Ranking, length: number, coin: () => number): Placed[] {
  const shown: Placed[] = [];
  const seen = new Set<string>();
  const pick = (ranking: Ranking, team: 'a' | 'b'): boolean => {
    const item = shown.length < length ? ranking.find((candidate) => !seen.has(candidate)) : undefined;
    if (item === undefined) return false;
    seen.add(item);
    shown.push({ item, team });
    return true;
  };
  for (let going = true; going && shown.length < length;) {
    const aFirst = coin() < 0.5;
    const first = aFirst ? pick(a, 'a') : pick(b, 'b');
    const second = aFirst ? pick(b, 'b') : pick(a, 'a');
    going = first || second;
  }
  return shown;
}

/** Balanced (Joachims 2002): the two rankings merged in turns, one of them first by a coin. Teams are told by credit. */
export function balanced(a: Ranking, b: Ranking, length: number, coin: () => number): string[] {
  const aFirst = coin() < 0.5;
  const shown: string[] = [];
  const seen = new Set<string>();
  let fromA = 0;
  let fromB = 0;
  while (shown.length < length && (fromA < a.length || fromB < b.length)) {
    const takesA = fromB >= b.length || (fromA < a.length && (fromA < fromB || (fromA === fromB && aFirst)));
    const item = takesA ? a[fromA++] : b[fromB++];
    if (item === undefined || seen.has(item)) continue;
    seen.add(item);
    shown.push(item);
  }
  return shown;
}

const softmaxExponent = 3;

/**
 * Probabilistic (Hofmann, Whiteson and de Rijke 2011): for each place a coin chooses a ranker, and an item is drawn from
 * it with probability ∝ 1 / rank³ among those not yet shown.
 */
export function probabilistic(a: Ranking, b: Ranking, length: number, random: () => number): Placed[] {
  const shown: Placed[] = [];
  const seen = new Set<string>();
  const draw = (ranking: Ranking): string | undefined => {
    const open = ranking.flatMap((item, rank) =>
      seen.has(item) ? [] : [{ item, mass: (rank + 1) ** -softmaxExponent }],
    );
    let left = random() * open.reduce((sum, { mass }) => sum + mass, 0);
    for (const { item, mass } of open) {
      left -= mass;
      if (left <= 0) return item;
    }
    return open.at(-1)?.item;
  };
  while (shown.length < length) {
    const team = random() < 0.5 ? 'a' : 'b';
    const own = draw(team === 'a' ? a : b);
    const other = own === undefined ? draw(team === 'a' ? b : a) : undefined;
    const item = own ?? other;
    if (item === undefined) break;
    seen.add(item);
    shown.push({ item, team: own === undefined ? (team === 'a' ? 'b' : 'a') : team });
  }
  return shown;
}

/** Clicks credited to each ranker: to the team that placed the item. */
export function teamCredit(shown: readonly Placed[], clicked: ReadonlySet<string>): { a: number; b: number } {
  const credit = { a: 0, b: 0 };
  for (const { item, team } of shown) if (clicked.has(item)) credit[team] += 1;
  return credit;
}

/**
 * Credit of balanced interleaving: clicks among the top k of either ranking, k the better of the two ranks of the
 * lowest item that was clicked.
 */
export function balancedCredit(
  a: Ranking,
  b: Ranking,
  shown: Ranking,
  clicked: ReadonlySet<string>,
): { a: number; b: number } {
  const lowest = shown.findLast((item) => clicked.has(item));
  if (lowest === undefined) return { a: 0, b: 0 };
  const rankOf = (ranking: Ranking): number => {
    const index = ranking.indexOf(lowest);
    return index < 0 ? Infinity : index + 1;
  };
  const k = Math.min(rankOf(a), rankOf(b));
  const creditOf = (ranking: Ranking): number => ranking.slice(0, k).filter((item) => clicked.has(item)).length;
  return { a: creditOf(a), b: creditOf(b) };
}
