/**
 * Which arm a unit is in, for callers who decide on their side: the OpenFeature remote evaluation protocol (OFREP 0.1,
 * github.com/open-feature/protocol) and the payload of GrowthBook's SDKs, which compute the same on device. Both live on
 * the traffic port, so that they go on with control dead. A flag is an endpoint; its value is the variant's id.
 */
import { createHash } from 'node:crypto';
import { nowMs } from '#kernel/clock.ts';
import { isRecord } from '../codecs/checks.ts';
import { overrideOf, type OverrideSubject, type ServingOverride } from '../serving/overrides.ts';
import type { Serving, ServingEndpoint, ServingRelease } from '../serving/serving.ts';
import type { ReleaseWeights } from '../snapshot/release-weights.ts';

/** What OFREP answers for one flag. */
export type FlagEvaluation =
  | {
      readonly key: string;
      readonly value: string;
      readonly variant: string;
      readonly reason: 'SPLIT' | 'STATIC' | 'TARGETING_MATCH';
      /** Clients tell both again with the exposure; an overridden one has no propensity, and is none to tell. */
      readonly metadata: { readonly releaseId: string; readonly propensity?: number; readonly override?: string };
    }
  | { readonly key: string; readonly errorCode: OfrepError; readonly errorDetails: string };

type OfrepError = 'FLAG_NOT_FOUND' | 'TARGETING_KEY_MISSING' | 'INVALID_CONTEXT' | 'PARSE_ERROR' | 'GENERAL';

interface Arm {
  readonly group: string;
  readonly variantId: string;
  readonly propensity?: number;
  readonly override?: string;
}

/** What the release has for the unit, but for what was overridden. */
function armOf(
  { overrides }: ServingEndpoint,
  release: ServingRelease,
  subject: OverrideSubject,
  weights: ReleaseWeights,
): Arm {
  const { id, compiled } = release;
  const override = overrides === null ? undefined : overrideOf(overrides, compiled.groups, subject);
  const sent = override && compiled.groups.find(({ name }) => name === override.group);
  if (override && sent) return { group: sent.name, variantId: sent.variantId, override: override.name };
  const { unit } = subject;
  const now = weights.weights(id, compiled, nowMs());
  return release.choose(compiled, now, { releaseId: id, unit, requestId: unit, preview: null });
}

/**
 * Who asks, from a body's context: the unit, and as inputs of a cohort what else the context holds. An error where it
 * names no unit. A header says nothing here: it is that of the asker's own platform, not of the unit.
 */
export function subjectOf(
  body: unknown,
  key: string | null,
): OverrideSubject | { errorCode: OfrepError; errorDetails: string } {
  const context = isRecord(body) ? body['context'] : undefined;
  if (!isRecord(context))
    return { errorCode: 'INVALID_CONTEXT', errorDetails: 'Give {"context": {"targetingKey": …}}.' };
  const unit = context['targetingKey'];
  if (typeof unit !== 'string' || unit === '')
    return { errorCode: 'TARGETING_KEY_MISSING', errorDetails: 'context.targetingKey must name the unit, as text.' };
  return { unit, key, header: () => undefined, facts: () => ({ input: context, feature: {} }) };
}

/** One flag for one unit. */
export function evaluateFlag(
  serving: Serving,
  weights: ReleaseWeights,
  key: string,
  subject: OverrideSubject,
): FlagEvaluation {
  const endpoint = serving.endpoints.get(key);
  const release = endpoint?.release;
  if (endpoint === undefined || release === undefined || release === null) {
    const errorDetails = release === null ? `Nothing is deployed to ${key} yet.` : `There is no endpoint "${key}".`;
    return { key, errorCode: 'FLAG_NOT_FOUND', errorDetails };
  }
  const { group, variantId, propensity, override } = armOf(endpoint, release, subject, weights);
  const split = release.compiled.groups.length > 1 ? 'SPLIT' : 'STATIC';
  const reason = override === undefined ? split : 'TARGETING_MATCH';
  const metadata = {
    releaseId: release.id,
    ...(propensity === undefined ? {} : { propensity }),
    ...(override === undefined ? {} : { override }),
  };
  return { key, value: variantId, variant: group, reason, metadata };
}

/** Every flag for one unit, with the tag that says whether anything has changed since. */
export function evaluateAll(
  serving: Serving,
  weights: ReleaseWeights,
  subject: OverrideSubject,
): { body: string; etag: string } {
  const flags = [...serving.endpoints.values()]
    .filter(({ release }) => release !== null)
    .map(({ name }) => evaluateFlag(serving, weights, name, subject));
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

/** Null where a device cannot know: populations, and overrides by anything but the unit, are the server's to say. */
function featureOf({ release, overrides }: ServingEndpoint, weights: ReleaseWeights): object | null {
  if (release === null) return null;
  const { groups, strategy, onServerOnly } = release.compiled;
  const [first] = groups;
  if (first === undefined || onServerOnly === true || ('population' in strategy && strategy.population !== undefined))
    return null;
  const forced = forcedRules(overrides ?? [], groups);
  if (forced === null) return null;
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
  return { defaultValue: first.variantId, rules: [...forced, ...(groups.length > 1 ? [rule] : [])] };
}

/** Overrides of units as rules that force a value. */
function forcedRules(
  overrides: readonly ServingOverride[],
  groups: readonly { readonly name: string; readonly variantId: string }[],
): object[] | null {
  const rules: object[] = [];
  for (const { units, keys, header, cohort, group } of overrides) {
    const sent = groups.find(({ name }) => name === group);
    if (sent === undefined) continue;
    if (units === null || keys !== null || header !== null || cohort !== null) return null;
    rules.push({ condition: { id: { $in: [...units] } }, force: sent.variantId });
  }
  return rules;
}
