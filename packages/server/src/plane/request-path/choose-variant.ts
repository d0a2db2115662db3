import { provenanceHeaders } from '@mulle/contract';
import type { GroupWeights } from '@mulle/decision';
import { nowMs } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import type { ServingEndpoint, ServingRelease } from '../serving/serving.ts';
import { isLoading, type ServingVariant } from '../serving/serving-variant.ts';
import { overrideOf, type ServingOverride } from '../serving/overrides.ts';
import type { Exchange } from './exchange.ts';
import { fieldOf } from './field-of.ts';
import { featuresOf, inputsOf } from './row-facts.ts';

/**
 * Which variant shall answer. A request is answered by one variant, whatever its rows: the one of its first row's unit.
 * A version in the path must be deployed; one in the header pins where it is, and is taken for an echo where not.
 */
export function chooseVariant(exchange: Exchange): void {
  const { endpoint, rows, requestId, services } = exchange;
  const unit = endpoint.unitAt < 0 ? null : (rows[0]?.[endpoint.unitAt] ?? null);
  exchange.unit = unit === null ? requestId : String(unit);
  if (exchange.isDecided) return;
  const pin = pinnedVariant(exchange);
  if (pin !== undefined) {
    exchange.pinned = true;
    assign(exchange, pin.id, pin);
    return;
  }
  const { release } = endpoint;
  if (release === null) return;
  if (endpoint.overrides !== null && isOverridden(exchange, endpoint.overrides, release)) return;
  const weights = withoutLoading(endpoint, services.weights.weights(release.id, release.compiled, nowMs()));
  const preview = exchange.request.headers[provenanceHeaders.preview];
  const request = {
    releaseId: release.id,
    unit: exchange.unit,
    requestId,
    preview: typeof preview === 'string' ? preview : null,
    model: services.weights.model(release.id),
    numberAt: (field: string) => numberAt(exchange, field),
  };
  const choice = release.choose(release.compiled, weights, request);
  exchange.experimentId = release.id;
  exchange.group = choice.group;
  exchange.propensity = choice.propensity;
  assign(exchange, choice.variantId, endpoint.variants.get(choice.variantId));
}

/** Whether an override chose: then the release had no say, and the answer takes part in no analysis. */
function isOverridden(
  exchange: Exchange,
  overrides: readonly ServingOverride[],
  { id, compiled }: ServingRelease,
): boolean {
  const { unit, key, request } = exchange;
  const override = overrideOf(overrides, compiled.groups, {
    unit: unit ?? '',
    key: key?.id ?? null,
    header: (name) => request.headers[name],
    facts: () => ({ input: inputsOf(exchange, 0), feature: featuresOf(exchange, 0) }),
  });
  const group = compiled.groups.find(({ name }) => name === override?.group);
  if (override === undefined || group === undefined) return false;
  exchange.override = override.name;
  exchange.experimentId = id;
  exchange.group = group.name;
  assign(exchange, group.variantId, exchange.endpoint.variants.get(group.variantId));
  return true;
}

/** A field of the first row; NaN where it is no number. */
function numberAt(exchange: Exchange, field: string): number {
  const value = fieldOf(exchange, 0, field);
  return typeof value === 'number' ? value : Number.NaN;
}

/** A variant that is still being loaded for the first time has no share yet: the others answer, and the propensity says so. */
function withoutLoading({ release, variants }: ServingEndpoint, weights: GroupWeights): GroupWeights {
  let answering = weights;
  for (const { name, variantId } of release?.compiled.groups ?? []) {
    const variant = variants.get(variantId);
    if (variant !== undefined && isLoading(variant)) answering = { ...answering, [name]: 0 };
  }
  return answering;
}

function assign(exchange: Exchange, id: string, variant: ServingVariant | undefined): void {
  exchange.assignedId = id;
  exchange.assigned = variant ?? null;
}

function pinnedVariant({ endpoint, pathVersion, request }: Exchange): ServingVariant | undefined {
  if (pathVersion !== null) {
    const variant = endpoint.pins.get(pathVersion);
    if (variant !== undefined) return variant;
    const deployed = [...new Set([...endpoint.variants.values()].map(({ version }) => version))].join(', ');
    throw new MulleError(
      'not_found',
      `Version "${pathVersion}" is not deployed to ${endpoint.name}. Deployed: ${deployed || 'none'}.`,
    );
  }
  const header = request.headers[provenanceHeaders.modelVersion];
  return typeof header === 'string' ? endpoint.pins.get(header) : undefined;
}
