/**
 * Which arm a unit is in, for callers who decide on their side: the OpenFeature remote evaluation protocol (OFREP 0.1,
 * github.com/open-feature/protocol) and the payload of GrowthBook's SDKs, which compute the same on device. Both live on
 * the traffic port, so that they go on with control dead. A flag is an endpoint; its value is the variant's id.
 */
import { createHash } from 'node:crypto';
import type { Choice } from '@mulle/decision';
import { nowMs } from '#kernel/clock.ts';
import { isRecord } from '../codecs/checks.ts';
import type { Serving, ServingEndpoint, ServingRelease } from '../serving/serving.ts';
import type { ReleaseWeights } from '../snapshot/release-weights.ts';

/** What OFREP answers for one flag. */
export type FlagEvaluation =
  | {
      readonly key: string;
      readonly value: string;
      readonly variant: string;
      readonly reason: 'SPLIT' | 'STATIC';
      readonly metadata: { readonly releaseId: string; readonly propensity: number };
    }
  | { readonly key: string; readonly errorCode: OfrepError; readonly errorDetails: string };

type OfrepError = 'FLAG_NOT_FOUND' | 'TARGETING_KEY_MISSING' | 'INVALID_CONTEXT' | 'PARSE_ERROR' | 'GENERAL';

function choiceOf(release: ServingRelease, unit: string, weights: ReleaseWeights): Choice {
  const now = weights.weights(release.id, release.compiled, nowMs());
  return release.choose(release.compiled, now, { releaseId: release.id, unit, requestId: unit, preview: null });
}

/** The unit that a body's context names; an error where it names none. */
export function targetingKeyOf(body: unknown): string | { errorCode: OfrepError; errorDetails: string } {
  const context = isRecord(body) ? body['context'] : undefined;
  if (!isRecord(context))
    return { errorCode: 'INVALID_CONTEXT', errorDetails: 'Give {"context": {"targetingKey": …}}.' };
  const key = context['targetingKey'];
  if (typeof key === 'string' && key !== '') return key;
  return { errorCode: 'TARGETING_KEY_MISSING', errorDetails: 'context.targetingKey must name the unit, as text.' };
}

/** One flag for one unit. */
export function evaluateFlag(serving: Serving, weights: ReleaseWeights, key: string, unit: string): FlagEvaluation {
  const release = serving.endpoints.get(key)?.release;
  if (release === undefined || release === null) {
    const errorDetails = release === null ? `Nothing is deployed to ${key} yet.` : `There is no endpoint "${key}".`;
    return { key, errorCode: 'FLAG_NOT_FOUND', errorDetails };
  }
  const { group, variantId, propensity } = choiceOf(release, unit, weights);
  const reason = release.compiled.groups.length > 1 ? 'SPLIT' : 'STATIC';
  return { key, value: variantId, variant: group, reason, metadata: { releaseId: release.id, propensity } };
}

/** Every flag for one unit, with the tag that says whether anything has changed since. */
export function evaluateAll(serving: Serving, weights: ReleaseWeights, unit: string): { body: string; etag: string } {
  const flags = [...serving.endpoints.values()]
    .filter(({ release }) => release !== null)
    .map(({ name }) => evaluateFlag(serving, weights, name, unit));
  const body = JSON.stringify({ flags });
  return { body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` };
}

/** Releases as features of GrowthBook, whose SDKs hash a unit as `unitHash` does. */
export function growthbookPayload(serving: Serving, weights: ReleaseWeights): string {
  const features: Record<string, unknown> = {};
  for (const endpoint of serving.endpoints.values()) {
    const feature = featureOf(endpoint, weights);
    if (feature !== null) features[endpoint.name] = feature;
  }
  return JSON.stringify({ status: 200, features, dateUpdated: new Date(nowMs()).toISOString() });
}

/** Null where the assignment is none of shares alone: populations are the server's to say. */
function featureOf({ release }: ServingEndpoint, weights: ReleaseWeights): object | null {
  if (release === null) return null;
  const { groups, strategy, onServerOnly } = release.compiled;
  const [first] = groups;
  if (first === undefined || onServerOnly === true || ('population' in strategy && strategy.population !== undefined))
    return null;
  const now = weights.weights(release.id, release.compiled, nowMs());
  const rule = {
    key: release.id,
    seed: release.id,
    hashAttribute: 'id',
    hashVersion: 2,
    coverage: 1,
    variations: groups.map(({ variantId }) => variantId),
    weights: groups.map(({ name }) => now[name] ?? 0),
    meta: groups.map(({ name }) => ({ key: name })),
  };
  return { defaultValue: first.variantId, rules: groups.length > 1 ? [rule] : [] };
}
