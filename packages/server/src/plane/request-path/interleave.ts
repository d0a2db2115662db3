/**
 * Interleaved rankings: both variants score the rows of a request, side by side, and the answer is one list. What the
 * challenger says is asked for beside the incumbent's answer, within the same deadline; where it gives none the list is
 * the incumbent's, and the group says so.
 */
import { interleaveRows, unitHash } from '@mulle/decision';
import { monotonicMs } from '#kernel/clock.ts';
import { toMulleError } from '#kernel/errors.ts';
import type { ServingInterleaving } from '../serving/serving.ts';
import { isLoading } from '../serving/serving-variant.ts';
import type { Exchange } from './exchange.ts';

/** The challenger's scores; null where it gave none, or there is nothing to rank. Never rejects. */
export async function askRanker(
  exchange: Exchange,
  { variant }: ServingInterleaving,
): Promise<readonly number[] | null> {
  const { rows, features, endpoint, deadlineMs, group } = exchange;
  if (group !== 'interleaved' || rows.length < 2 || variant?.kind !== 'hosted' || isLoading(variant)) return null;
  const { guard, pool } = variant;
  if (!guard.admits(monotonicMs())) return null;
  try {
    const width = endpoint.features.names.length;
    const scores = await pool.infer({ count: rows.length, width, values: features }, deadlineMs);
    guard.succeeded();
    return scores.every((score) => Number.isFinite(score)) ? scores : null;
  } catch (thrown) {
    const { code, message } = toMulleError(thrown);
    if (code !== 'overloaded') guard.failed(message, monotonicMs());
    return null;
  }
}

/** Puts the list in place of the incumbent's scores. A request of one row stays the incumbent's, and counts nowhere. */
export function interleave(
  exchange: Exchange,
  challenger: readonly number[] | null,
  { plan, variant }: ServingInterleaving,
): void {
  const { scores, rows, requestId, experimentId, group } = exchange;
  if (group !== 'interleaved' || scores === null) return;
  // A challenger that is still being loaded has not failed to rank.
  if (rows.length < 2 || (variant !== undefined && isLoading(variant))) {
    exchange.group = 'outside';
    return;
  }
  if (challenger === null) {
    exchange.group = 'unranked';
    return;
  }
  let drawn = 0;
  const random = (): number => unitHash(requestId, `${experimentId}:${drawn++}`);
  const list = interleaveRows(scores, challenger, plan, random);
  exchange.scores = list.scores;
  exchange.teams = list.teams;
}
