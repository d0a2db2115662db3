import { monotonicMs, nowMs } from '#kernel/clock.ts';
import { toMulleError } from '#kernel/errors.ts';
import { authenticate, limit } from './admit.ts';
import { answer, sendError } from './answer.ts';
import { rulesAfter, rulesBefore } from './apply-rules.ts';
import { chooseVariant } from './choose-variant.ts';
import type { ServingEndpoint } from '../serving/serving.ts';
import { decode, encodeFeatures, receive, validate } from './decode.ts';
import type { Exchange } from './exchange.ts';
import { invoke } from './invoke.ts';
import { invokeCached } from './invoke-cached.ts';
import { recordBefore, recordBehind } from './record.ts';
import { requestIdOf } from './request-id.ts';
import { stageNames } from './stage-names.ts';
import { decodeTensors, validateTensors } from './tensor-stages.ts';

type Stage = (exchange: Exchange) => void | Promise<void>;

/** The request path, top to bottom. */
const stages: readonly Stage[] = [
  authenticate, // the key is known
  limit, // and has requests left
  receive, // the body is here, within its bound
  decode, // it is rows of raw values
  validate, // of the declared types, all present
  encodeFeatures, // the model's features, as they are at the event time
  rulesBefore, // the clear cases have their answer
  chooseVariant, // who shall answer
  invoke, // scores of that variant, or of a fallback
  rulesAfter, // and what policy puts in their place
];
/** Where answers are kept: they are looked up before a variant is asked. */
const cachedStages = stages.map((stage) => (stage === invoke ? invokeCached : stage));
/** Where named tensors are answered by named tensors. */
const tensorStages: readonly Stage[] = [
  authenticate,
  limit,
  receive,
  decodeTensors,
  validateTensors, // as the signature has them
  chooseVariant,
  invoke, // the outputs of that variant, or of the other one
];
const lastStages: readonly Stage[] = [
  recordBefore, // strict: durable before the answer
  answer,
  recordBehind, // fast: behind it
];

function stagesOf({ tensors, cache }: ServingEndpoint): readonly Stage[] {
  if (tensors !== null) return tensorStages;
  return cache === null ? stages : cachedStages;
}

/** Takes a request through the path and answers it, whatever happens. Never rejects. */
export async function runRequestPath(exchange: Exchange): Promise<void> {
  const { stagesUs, startedMs, endpoint } = exchange;
  try {
    let fromMs = startedMs;
    for (const stage of stagesOf(endpoint)) {
      const pending = stage(exchange);
      if (pending !== undefined) await pending;
      const untilMs = monotonicMs();
      stagesUs.push(Math.round((untilMs - fromMs) * 1_000));
      fromMs = untilMs;
    }
    exchange.latencyMs = Math.round((fromMs - startedMs) * 1_000) / 1_000;
    for (const stage of lastStages) {
      const pending = stage(exchange);
      if (pending !== undefined) await pending;
    }
  } catch (thrown) {
    exchange.failure = toMulleError(thrown);
    if (exchange.requestId === '') exchange.requestId = requestIdOf(exchange.request, null);
    sendError(exchange.response, exchange.codec, exchange.failure, exchange.requestId);
  }
  count(exchange);
}

function count({ endpoint, failure, source, served, startedMs, stagesUs }: Exchange): void {
  const counters = endpoint.metrics.at(nowMs());
  counters.requests++;
  counters.latency.record(monotonicMs() - startedMs);
  if (failure === null) {
    counters.bySource[source] = (counters.bySource[source] ?? 0) + 1;
    if (served !== null) counters.byVariant[served.id] = (counters.byVariant[served.id] ?? 0) + 1;
  } else {
    counters.failures++;
    counters.byErrorCode[failure.code] = (counters.byErrorCode[failure.code] ?? 0) + 1;
  }
  const { names } = stageNames[endpoint.tensors === null ? 'rows' : 'tensors'];
  for (let index = 0; index < stagesUs.length; index++) {
    const name = names[index] ?? '';
    counters.stagesMs[name] = (counters.stagesMs[name] ?? 0) + (stagesUs[index] ?? 0) / 1_000;
  }
}
