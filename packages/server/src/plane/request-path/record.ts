import { nowMs, monotonicMs } from '#kernel/clock.ts';
import { MulleError, toMulleError } from '#kernel/errors.ts';
import type { Exchange } from './exchange.ts';
import { answerWithoutVariant } from './invoke.ts';
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
}

function keepAnswers({ endpoint, source, scores, served, rows, features }: Exchange): void {
  const { staleAnswers } = endpoint;
  if (staleAnswers === null || source !== 'variant' || scores === null || served === null) return;
  const width = endpoint.features.names.length;
  const atMs = nowMs();
  for (let row = 0; row < rows.length; row++) {
    staleAnswers.put(features, row, width, { score: scores[row] ?? Number.NaN, version: served.version, atMs });
  }
}

/** Appends a `decision-made` event for each row; false when one was dropped. */
function record(exchange: Exchange): boolean {
  const { endpoint, rows, requestId, services } = exchange;
  const [before, after] = sharedJson(exchange);
  const timeMs = nowMs();
  let taken = true;
  for (let row = 0; row < rows.length; row++) {
    const id = rows.length === 1 ? requestId : `${requestId}#${row}`;
    const value = before + rowJson(exchange, row) + after;
    if (!services.events.appendEncoded('decisions', 'decision-made', endpoint.name, id, timeMs, undefined, value)) {
      taken = false;
    }
  }
  return taken;
}

const quote = (text: string | null): string => (text === null ? 'null' : JSON.stringify(text));

/** The members of a `Decision` that all rows of a request share, as the text before and after a row's own. */
function sharedJson(exchange: Exchange): [before: string, after: string] {
  const { endpoint, requestId, unit, experimentId, group, pinned, assignedId, served, propensity, serving } = exchange;
  const before =
    `{"endpoint":"${endpoint.name}","requestId":"${requestId}","unit":${unit === requestId ? `"${requestId}"` : quote(unit)},` +
    `"releaseId":${quote(experimentId)},"group":${quote(group)},"pinned":${pinned},` +
    `"assignedVariant":${quote(assignedId)},"servedVariant":${quote(served?.id ?? null)},"propensity":${propensity},` +
    `"source":"${exchange.source}","ageMs":${exchange.ageMs},"errorCode":${quote(exchange.errorCode)},` +
    `"latencyMs":${exchange.latencyMs},"definitionsVersion":${serving.version},` +
    `"dialsEpoch":${exchange.services.weights.epoch},"eventTimeMs":`;
  let stages = '';
  for (let index = 0; index < exchange.stagesUs.length; index++) {
    stages += `${index === 0 ? '' : ','}"${stageNames[index] ?? ''}":${exchange.stagesUs[index] ?? 0}`;
  }
  return [before, `,"stagesUs":{${stages}}}`];
}

function rowJson(exchange: Exchange, row: number): string {
  const { endpoint, rows, features, violations, scores, eventTimesMs } = exchange;
  const { json } = endpoint;
  const inputs = json.inputs(rows[row] ?? [], 0);
  const own = endpoint.features.areNumericInputs
    ? inputs
    : json.features(features, row * endpoint.features.names.length);
  const violated = violations[row] ?? [];
  return (
    `${eventTimesMs[row] ?? 0},"inputs":${inputs},"features":${own},` +
    `"violations":${violated.length === 0 ? '[]' : JSON.stringify(violated)},"score":${scores?.[row] ?? 'null'}`
  );
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
