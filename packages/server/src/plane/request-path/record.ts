import { nowMs, monotonicMs } from '#kernel/clock.ts';
import { MulleError, toMulleError } from '#kernel/errors.ts';
import { asciiJson } from '../codecs/ascii-json.ts';
import { JsonText } from '../codecs/json-text.ts';
import type { Exchange } from './exchange.ts';
import { answerWithoutVariant } from './invoke.ts';
import type { RowRules } from './rule-account.ts';
import { writeTensorDecision } from './record-tensors.ts';
import { copyToShadow } from './shadow.ts';
import { stageNames } from './stage-names.ts';

/** Strict endpoints: the decision is durable before the answer leaves, or the answer is a fallback, or an error. */
export async function recordBefore(exchange: Exchange): Promise<void> {
  if (!exchange.endpoint.isStrict) return;
  const { events } = exchange.services;
  try {
    if (!record(exchange)) throw new MulleError('storage_full', 'The decision could not be recorded: storage is full.');
    await withDeadline(events.flush(), exchange.deadlineMs);
  } catch (thrown) {
    const error = toMulleError(thrown);
    exchange.errorCode = error.code;
    if (answerWithoutVariant(exchange)) return;
    exchange.scores = null;
    exchange.outputs = null;
    exchange.failure = new MulleError('unavailable', `This endpoint records before it answers: ${error.message}`, {
      cause: error,
      retryAfterSeconds: 1,
    });
  }
}

/** The others: behind the answer. What does not fit the buffer is counted there. */
export function recordBehind(exchange: Exchange): void {
  if (!exchange.endpoint.isStrict) record(exchange);
  keepAnswers(exchange);
  const { shadow } = exchange.endpoint;
  if (shadow !== null && exchange.group === shadow.copies.group) copyToShadow(exchange, shadow);
}

function keepAnswers({ endpoint, source, scores, served, rows, features, rules }: Exchange): void {
  const { staleAnswers } = endpoint;
  // Answers of rules are not the variant's, and cost nothing to find again.
  if (staleAnswers === null || rules !== null || source !== 'variant' || scores === null || served === null) return;
  const width = endpoint.features.names.length;
  const atMs = nowMs();
  for (let row = 0; row < rows.length; row++) {
    staleAnswers.put(features, row, width, { score: scores[row] ?? Number.NaN, version: served.version, atMs });
  }
}

/** Decisions are written one after the other, so one text serves all. */
const text = new JsonText();

/** Appends a `decision-made` event for each row; false when one was dropped. */
function record(exchange: Exchange): boolean {
  const { endpoint, rows, requestId } = exchange;
  const shared = writeShared(exchange);
  const timeMs = nowMs();
  if (endpoint.tensors !== null) {
    writeTensorDecision(text, exchange);
    return append(exchange, requestId, timeMs);
  }
  let taken = true;
  for (let row = 0; row < rows.length; row++) {
    text.truncate(shared);
    writeRow(exchange, row);
    taken = append(exchange, rows.length === 1 ? requestId : `${requestId}#${row}`, timeMs) && taken;
  }
  return taken;
}

/** Appends what stands in `text`. */
function append({ endpoint, services }: Exchange, id: string, timeMs: number): boolean {
  return services.events.appendEncoded('decisions', 'decision-made', endpoint.name, id, timeMs, undefined, text);
}

/** The members of a `Decision` that all rows of a request share; returns where a row's own begin. */
function writeShared(exchange: Exchange): number {
  const { endpoint, services, serving, stagesUs } = exchange;
  text.truncate(0).raw('{"endpoint":').string(endpoint.name).raw(',"requestId":').string(exchange.requestId);
  text.raw(',"unit":').string(exchange.unit).raw(',"releaseId":').string(exchange.experimentId);
  if (exchange.teams === null) text.raw(',"group":').string(exchange.group);
  text.raw(exchange.pinned ? ',"pinned":true' : ',"pinned":false');
  if (exchange.override !== null) text.raw(',"override":').string(exchange.override);
  text.raw(',"assignedVariant":').string(exchange.assignedId);
  text.raw(',"servedVariant":').string(exchange.served?.id ?? null);
  text.raw(',"propensity":').number(exchange.propensity ?? Number.NaN);
  text.raw(',"ageMs":').number(exchange.ageMs);
  text.raw(',"errorCode":').string(exchange.errorCode).raw(',"latencyMs":').number(exchange.latencyMs);
  text.raw(',"definitionsVersion":').number(serving.version).raw(',"dialsEpoch":').number(services.weights.epoch);
  const { keys } = stageNames[endpoint.tensors === null ? 'rows' : 'tensors'];
  text.raw(',"stagesUs":{');
  for (let index = 0; index < stagesUs.length; index++) {
    text.raw(keys[index] ?? '').number(stagesUs[index] ?? 0);
  }
  return text.raw('},').length;
}

function writeRow(exchange: Exchange, row: number): void {
  const { endpoint, rows, features, violations, scores, eventTimesMs } = exchange;
  const account = exchange.rules?.[row];
  if (account !== undefined) writeRules(account);
  if (exchange.teams !== null)
    text
      .raw('"group":')
      .string(exchange.teams[row] ?? 'outside')
      .raw(',');
  const source = account?.answer ? 'rule' : exchange.source;
  text
    .raw('"source":')
    .string(source)
    .raw(',"eventTimeMs":')
    .number(eventTimesMs[row] ?? 0)
    .raw(',"inputs":');
  const inputsAt = text.length;
  endpoint.json.inputs(text, rows[row] ?? [], 0);
  const inputsUntil = text.length;
  text.raw(',"features":');
  // Rules before may have put other features in their place.
  if (endpoint.features.areNumericInputs && endpoint.rules.before === null) text.again(inputsAt, inputsUntil);
  else endpoint.json.features(text, features, row * endpoint.features.names.length);
  const violated = violations[row] ?? [];
  text.raw(',"violations":').raw(violated.length === 0 ? '[]' : asciiJson(violated));
  text
    .raw(',"score":')
    .number(scores?.[row] ?? Number.NaN)
    .raw('}');
}

function writeRules({ label, variantScore, fired }: RowRules): void {
  if (label !== null) text.raw('"label":').string(label).raw(',');
  if (variantScore !== null) text.raw('"variantScore":').number(variantScore).raw(',');
  for (const [index, { stage, ruleSet, rule }] of fired.entries()) {
    text
      .raw(index === 0 ? '"rules":[{"stage":' : ',{"stage":')
      .string(stage)
      .raw(',"ruleSet":')
      .string(ruleSet);
    text.raw(',"rule":').string(rule.name).raw(',"effect":').string(rule.effect.kind).raw('}');
  }
  if (fired.length > 0) text.raw('],');
}

/** Rejects with `deadline_exceeded` when `pending` takes longer than the request may. */
async function withDeadline(pending: Promise<void>, deadlineMs: number): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(
    () => late.reject(new MulleError('deadline_exceeded', 'The decision was not durable in time.')),
    Math.max(0, deadlineMs - monotonicMs()),
  );
  try {
    await Promise.race([pending, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
