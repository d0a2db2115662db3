/**
 * The variant that a release tries in the shadow: asked behind the answer, about the same rows or tensors, as often as
 * the release's sample says. Nothing of it reaches the caller, and a copy that fails is an event like any other.
 *
 * Copies go by the variant's own guard and the endpoint's timeout, and never wait (see `ShadowQueue`). A request that a
 * rule answered, or that pinned its version, met no group and is not copied.
 */
import type { ShadowAnswer } from '@mulle/contract';
import { unitHash } from '@mulle/decision';
import { monotonicMs, nowMs } from '#kernel/clock.ts';
import { MulleError, toMulleError } from '#kernel/errors.ts';
import type { ServingShadow } from '../serving/serving.ts';
import { isLoading } from '../serving/serving-variant.ts';
import { tensorDifference } from '../tensors/tensor-difference.ts';
import type { Tensor } from '../tensors/tensor.ts';
import type { Exchange } from './exchange.ts';
import { fieldOf } from './field-of.ts';
import { evaluateRules } from './row-rules.ts';
import { stageNames } from './stage-names.ts';
import { wantedOutputs } from './tensor-stages.ts';

/** What the challenger said; nothing where it failed. */
interface Answered {
  readonly scores: readonly number[] | null;
  readonly outputs: readonly Tensor[] | null;
  readonly errorCode: string | null;
  readonly latencyMs: number;
}

const invokeAt = {
  rows: stageNames.rows.names.indexOf('invoke'),
  tensors: stageNames.tensors.names.indexOf('invoke'),
} as const;

/** Copies an answered request, or drops the copy. */
export function copyToShadow(exchange: Exchange, shadow: ServingShadow): void {
  const { endpoint, requestId, rows, assigned } = exchange;
  if (unitHash(requestId, shadow.salt) >= shadow.copies.sample) return;
  // A challenger that is still being loaded has not failed: it is not asked yet.
  if (shadow.variant !== undefined && isLoading(shadow.variant)) return;
  const counters = endpoint.metrics.at(nowMs());
  const count = Math.max(1, rows.length);
  if (!shadow.queue.admit(count, assigned === null || assigned.kind === 'rules' ? 0 : assigned.pool.waitingRows)) {
    counters.copiesDropped++;
    return;
  }
  counters.copies++;
  void ask(exchange, shadow).then((answered) => {
    shadow.queue.done(count);
    record(exchange, shadow, answered);
  });
}

/** Never rejects. */
async function ask(exchange: Exchange, { variant, copies }: ServingShadow): Promise<Answered> {
  const startMs = monotonicMs();
  const answered = (answer: Partial<Answered>): Answered => ({
    scores: null,
    outputs: null,
    errorCode: null,
    latencyMs: Math.round((monotonicMs() - startMs) * 1_000) / 1_000,
    ...answer,
  });
  if (variant === undefined) return answered({ errorCode: 'unavailable' });
  if (variant.kind !== 'rules' && !variant.guard.admits(startMs)) return answered({ errorCode: 'unavailable' });
  try {
    const answer = await answerOf(exchange, variant, startMs + exchange.endpoint.timeoutMs);
    if (variant.kind !== 'rules') variant.guard.succeeded();
    return answered(answer);
  } catch (thrown) {
    const { code, message } = toMulleError(thrown);
    if (variant.kind !== 'rules' && code !== 'overloaded')
      variant.guard.failed(`${copies.variantId} in the shadow: ${message}`, monotonicMs());
    return answered({ errorCode: code });
  }
}

async function answerOf(
  exchange: Exchange,
  variant: NonNullable<ServingShadow['variant']>,
  deadlineMs: number,
): Promise<Partial<Answered>> {
  const { rows, features, endpoint, tensors } = exchange;
  if (variant.kind === 'tensors') {
    if (tensors === null) return { errorCode: 'invalid_state' };
    return { outputs: wantedOutputs(exchange, await variant.pool.infer(tensors, deadlineMs)) };
  }
  if (variant.kind === 'hosted') {
    const width = endpoint.features.names.length;
    return { scores: await variant.pool.infer({ count: rows.length, width, values: features }, deadlineMs) };
  }
  const scores = rows.map((_, row) => {
    const { answer } = evaluateRules(exchange, variant.rules, row, Number.NaN);
    if (answer === null) throw new MulleError('model_failed', `No rule of ${variant.id} answers row ${row}.`);
    return answer.score;
  });
  return { scores };
}

const finite = (value: number | undefined): number | null =>
  value !== undefined && Number.isFinite(value) ? value : null;

/** The incumbent's own score of a row, before any rule; null where it gave none. */
function ownScore({ scores, rules, errorCode }: Exchange, row: number): number | null {
  if (errorCode !== null) return null;
  const account = rules?.[row];
  return account?.answer ? account.variantScore : finite(scores?.[row]);
}

/** Appends a `shadow-answered` event for each row; one for a request of tensors. */
function record(exchange: Exchange, shadow: ServingShadow, answered: Answered): void {
  const { endpoint, rows, requestId, services, eventTimesMs, errorCode, stagesUs, experimentId, outputs } = exchange;
  const { copies, queue } = shadow;
  const isTensors = endpoint.tensors !== null;
  const common = {
    endpoint: endpoint.name,
    releaseId: experimentId ?? '',
    challenger: copies.variantId,
    errorCode: answered.errorCode,
    incumbentErrorCode: errorCode,
    latencyMs: answered.latencyMs,
    incumbentLatencyMs: (stagesUs[invokeAt[isTensors ? 'tensors' : 'rows']] ?? 0) / 1_000,
  };
  for (let row = 0; row < Math.max(1, rows.length); row++) {
    const score = finite(answered.scores?.[row]);
    const incumbentScore = isTensors ? null : ownScore(exchange, row);
    const both = isTensors
      ? answered.outputs !== null && outputs !== null && errorCode === null
      : score !== null && incumbentScore !== null;
    const difference = !both
      ? null
      : isTensors
        ? tensorDifference(answered.outputs ?? [], outputs ?? [])
        : (score ?? 0) - (incumbentScore ?? 0);
    const value: ShadowAnswer = {
      ...common,
      eventTimeMs: eventTimesMs[row] ?? nowMs(),
      score,
      incumbentScore,
      difference,
      agrees: both ? difference !== null && Math.abs(difference) <= copies.tolerance : null,
      slices: Object.fromEntries(copies.fields.map((name) => [name, fieldOf(exchange, row, name)])),
      dropped: row === 0 ? queue.takeDropped() : 0,
    };
    const id = rows.length > 1 ? `${requestId}#${row}` : requestId;
    services.events.append({
      topic: 'shadows',
      type: 'shadow-answered',
      key: endpoint.name,
      id,
      timeMs: nowMs(),
      value: { ...value },
    });
  }
}
