import { probabilistic, teamDraft, type Placed } from './interleaving.ts';

/** Rows in the order of one list that two rankers made, as scores that fall from place to place. */
export interface InterleavedRows {
  readonly scores: number[];
  /** Who placed each row; null beyond the places that are interleaved. */
  readonly teams: ('incumbent' | 'challenger' | null)[];
}

/** Row numbers, best first; equal scores in the order of the rows. */
function ranking(scores: readonly number[]): string[] {
  return scores
    .map((score, row) => ({ score, row }))
    .toSorted((a, b) => b.score - a.score || a.row - b.row)
    .map(({ row }) => String(row));
}

/** A score below another that single precision still tells apart. */
const justBelow = (score: number): number => score - Math.max(Math.abs(score), 1e-6) * 2 ** -20;

/**
 * Interleaves what two rankers say of the same rows. Each place has the score that the incumbent gave to its own row of
 * that place (a little less where two are equal), so callers who sort by score see the list, and scores are
 * distributed as ever. `random` yields uniform numbers in [0, 1), from a hash of the request.
 */
export function interleaveRows(
  incumbent: readonly number[],
  challenger: readonly number[],
  { method, length }: { readonly method: 'team-draft' | 'probabilistic'; readonly length: number },
  random: () => number,
): InterleavedRows {
  const merge = method === 'team-draft' ? teamDraft : probabilistic;
  const own = ranking(incumbent);
  const head: Placed[] = merge(own, ranking(challenger), Math.min(length, incumbent.length), random);
  const placed = new Set(head.map(({ item }) => item));
  const scores = incumbent.map(() => 0);
  const teams: InterleavedRows['teams'] = incumbent.map(() => null);
  const order = [...head.map(({ item }) => item), ...own.filter((item) => !placed.has(item))];
  let above = Infinity;
  for (const [place, item] of order.entries()) {
    const wanted = incumbent[Number(own[place])] ?? 0;
    above = wanted < above ? wanted : justBelow(above);
    scores[Number(item)] = above;
  }
  for (const { item, team } of head) teams[Number(item)] = team === 'a' ? 'incumbent' : 'challenger';
  return { scores, teams };
}
