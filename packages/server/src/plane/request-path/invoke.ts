import type { ErrorCode } from '@mulle/contract';
import { monotonicMs, nowMs } from '#kernel/clock.ts';
import { MulleError, toMulleError } from '#kernel/errors.ts';
import type { FeatureRows } from '../runtimes/row-batching.ts';
import type { TensorRows } from '../runtimes/tensor-batching.ts';
import type { RuleVariant, ServingVariant } from '../serving/serving-variant.ts';
import type { Exchange } from './exchange.ts';
import { askRanker, interleave } from './interleave.ts';
import { askRules, rowRules } from './row-rules.ts';
import { wantedOutputs } from './tensor-stages.ts';

/** Failures that say nothing of the variant: too many requests, and inputs that the model refuses by its own rules. */
const blameless: ReadonlySet<ErrorCode> = new Set(['overloaded', 'invalid_feature']);

/** Share of the time left that the first variant gets where another one may still be asked. */
const firstShare = 0.6;

/**
 * Asks the assigned variant, then goes down the endpoint's fallbacks until one answers; the answer says which. Where the
 * assigned variant cannot be asked at all (held back, not loaded) the other one of the release answers, whether or not
 * the endpoint lists it as a fallback. A request that pins a version is answered by that version or by an error.
 */
export async function invoke(exchange: Exchange): Promise<void> {
  if (exchange.isDecided) return;
  const { assigned, endpoint, deadlineMs, pinned } = exchange;
  const other = pinned ? undefined : otherVariant(exchange);
  const isListed = other !== undefined && endpoint.fallbacks.some(({ kind }) => kind === 'variant');
  let error: MulleError;
  if (assigned === null) error = nothingDeployed(exchange);
  else {
    const startMs = monotonicMs();
    const untilMs = isListed ? startMs + firstShare * Math.max(0, deadlineMs - startMs) : deadlineMs;
    const { interleaving } = endpoint;
    const ranking = interleaving === null ? null : askRanker(exchange, interleaving);
    const failed = await attempt(exchange, assigned, untilMs);
    if (failed === undefined) {
      if (interleaving !== null) interleave(exchange, await ranking, interleaving);
      return;
    }
    error = failed;
  }
  exchange.errorCode = error.code;
  if (other !== undefined && !isListed && error.code === 'unavailable') {
    if (await answerOther(exchange, other)) return;
  }
  for (const fallback of pinned ? [] : endpoint.fallbacks) {
    if (fallback.kind === 'default') return answerDefault(exchange, fallback.score);
    if (fallback.kind === 'stale' && answerStale(exchange, fallback.maxAgeMs)) return;
    if (fallback.kind === 'variant' && other !== undefined && (await answerOther(exchange, other))) return;
  }
  exchange.failure = error;
}

async function answerOther(exchange: Exchange, other: ServingVariant): Promise<boolean> {
  if ((await attempt(exchange, other, exchange.deadlineMs)) !== undefined) return false;
  exchange.source = 'fallback:variant';
  return true;
}

/** For strict endpoints whose decisions cannot be recorded: an answer that is no variant's. False where there is none. */
export function answerWithoutVariant(exchange: Exchange): boolean {
  exchange.served = null;
  exchange.servedVersion = null;
  for (const fallback of exchange.pinned ? [] : exchange.endpoint.fallbacks) {
    if (fallback.kind === 'stale' && answerStale(exchange, fallback.maxAgeMs)) return true;
    if (fallback.kind === 'default') {
      answerDefault(exchange, fallback.score);
      return true;
    }
  }
  return false;
}

/** The scores of a variant; what went wrong where there are none. The guard is told either way. */
async function attempt(exchange: Exchange, variant: ServingVariant, untilMs: number): Promise<MulleError | undefined> {
  if (variant.kind === 'rules') return attemptRules(exchange, variant);
  const { guard, id } = variant;
  if (!guard.admits(monotonicMs())) return new MulleError('unavailable', `${id} is held back: ${guard.reason ?? ''}`);
  try {
    if (variant.kind === 'tensors') {
      const outputs = await variant.pool.infer(tensorsOf(exchange), untilMs);
      exchange.outputs = wantedOutputs(exchange, outputs);
    } else exchange.scores = finite(await variant.pool.infer(rowsOf(exchange), untilMs), id);
    guard.succeeded();
    exchange.served = variant;
    exchange.servedVersion = variant.version;
    return undefined;
  } catch (thrown) {
    const error = toMulleError(thrown);
    // Who gives a model less time than the endpoint has learns nothing of its health.
    const isBlameless = blameless.has(error.code) || (exchange.isHurried && error.code === 'deadline_exceeded');
    if (!isBlameless) guard.failed(error.message, monotonicMs());
    return error;
  }
}

function rowsOf({ rows, features, endpoint }: Exchange): FeatureRows {
  return { count: rows.length, width: endpoint.features.names.length, values: features };
}

function finite(scores: readonly number[], id: string): readonly number[] {
  for (const score of scores) {
    if (!Number.isFinite(score)) throw new MulleError('model_failed', `${id} gave a score that is no number.`);
  }
  return scores;
}

/** What they hold is the model's business, NaN included. */
function tensorsOf({ tensors }: Exchange): TensorRows {
  if (tensors === null) throw new RangeError('A variant that takes tensors was asked with rows.');
  return tensors;
}

/** The answers of a rule set that is a variant; where one of the rows has none it is passed over, like a model that fails. */
function attemptRules(exchange: Exchange, variant: RuleVariant): MulleError | undefined {
  const scores: number[] = [];
  for (let row = 0; row < exchange.rows.length; row++) {
    const { answer } = askRules(exchange, variant.rules, 'variant', row, Number.NaN);
    if (answer === null) return new MulleError('model_failed', `No rule of ${variant.id} answers row ${row}.`);
    rowRules(exchange, row).label ??= answer.label;
    scores.push(answer.score);
  }
  exchange.scores = scores;
  exchange.served = variant;
  exchange.servedVersion = variant.version;
  return undefined;
}

/** The first variant of the release that is not the assigned one. */
function otherVariant({ endpoint, assignedId }: Exchange): ServingVariant | undefined {
  for (const { variantId } of endpoint.release?.compiled.groups ?? []) {
    if (variantId !== assignedId) return endpoint.variants.get(variantId);
  }
  return undefined;
}

function nothingDeployed({ endpoint, assignedId }: Exchange): MulleError {
  return new MulleError(
    'unavailable',
    assignedId === null
      ? `Nothing is deployed to ${endpoint.name} yet. Deploy a version with \`mulle deploy\`.`
      : `${assignedId} is not loaded in this process.`,
  );
}

function answerDefault(exchange: Exchange, score: number): void {
  exchange.scores = exchange.rows.map(() => score);
  exchange.source = 'fallback:default';
}

/** Only when every row has an answer that is young enough; the age told is that of the oldest. */
function answerStale(exchange: Exchange, maxAgeMs: number): boolean {
  const { endpoint, rows, features } = exchange;
  const width = endpoint.features.names.length;
  const atMs = nowMs();
  const answers = rows.map((_, row) => endpoint.staleAnswers?.get(features, row, width, maxAgeMs, atMs));
  const found = answers.filter((answer) => answer !== undefined);
  const [first] = found;
  if (first === undefined || found.length < rows.length) return false;
  exchange.scores = found.map(({ score }) => score);
  exchange.servedVersion = first.version;
  exchange.source = 'fallback:stale';
  exchange.ageMs = atMs - Math.min(...found.map((answer) => answer.atMs));
  return true;
}
