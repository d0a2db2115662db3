import { nowMs } from '#kernel/clock.ts';
import { questionOf, type CachedAnswer, type PredictionCache } from '../serving/prediction-cache.ts';
import type { Exchange } from './exchange.ts';
import { invoke } from './invoke.ts';

/**
 * In place of `invoke` on endpoints that keep answers: what the assigned version said of the same features within the
 * time is its answer again, with its age; a question under way is not asked twice. Fallbacks and failures are not kept.
 */
export async function invokeCached(exchange: Exchange): Promise<void> {
  const { assigned, isDecided, features, endpoint } = exchange;
  const { cache } = endpoint;
  const key = isDecided || assigned?.kind !== 'hosted' ? null : questionOf(assigned.id, features);
  if (cache === null || key === null) return invoke(exchange);
  const known = cache.get(key, nowMs());
  if (known !== undefined) return answerAgain(exchange, known, 'hit');
  const flight = cache.flight(key);
  const shared = flight === null ? undefined : await flight;
  if (shared !== undefined) return answerAgain(exchange, shared, 'shared');
  count(exchange, 'miss');
  // Where the one who asked has no answer, everybody asks for himself, as without a cache.
  return flight === null ? askForAll(exchange, cache, key) : invoke(exchange);
}

function askForAll(exchange: Exchange, cache: PredictionCache, key: string): Promise<void> {
  return cache.ask(key, async () => {
    await invoke(exchange);
    const { source, scores, served, assigned } = exchange;
    if (source !== 'variant' || scores === null || served !== assigned) return undefined;
    return { scores, atMs: nowMs() };
  });
}

function answerAgain(exchange: Exchange, { scores, atMs }: CachedAnswer, how: 'hit' | 'shared'): void {
  const { assigned } = exchange;
  exchange.scores = scores;
  exchange.served = assigned;
  exchange.servedVersion = assigned?.version ?? null;
  exchange.source = 'cache';
  exchange.ageMs = Math.max(0, nowMs() - atMs);
  count(exchange, how);
}

function count({ endpoint }: Exchange, how: 'hit' | 'shared' | 'miss'): void {
  const { cacheLookups } = endpoint.metrics.at(nowMs());
  cacheLookups[how] = (cacheLookups[how] ?? 0) + 1;
}
