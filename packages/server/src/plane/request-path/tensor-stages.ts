import { nowMs } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import { parseLenientJson } from '../codecs/lenient-json.ts';
import { decodeTensorCall } from '../codecs/tensor-json.ts';
import { tensorRows } from '../runtimes/tensor-batching.ts';
import { checkTensors } from '../tensors/check-tensors.ts';
import type { Tensor } from '../tensors/tensor.ts';
import type { Exchange } from './exchange.ts';
import { requestIdOf } from './request-id.ts';

/** Body → tensors, their bytes where they came as such. */
export function decodeTensors(exchange: Exchange): void {
  const { codec, endpoint } = exchange;
  if (!codec.takesBinary) {
    throw new MulleError(
      'invalid_argument',
      `${endpoint.name} takes tensors. POST them to /v2/models/${endpoint.name}/infer.`,
    );
  }
  exchange.call = decodeTensorCall(parseLenientJson(exchange.body), exchange.binary);
  exchange.body = '';
  exchange.binary = null;
  exchange.requestId = requestIdOf(exchange.request, exchange.call.id);
  const untilMs = exchange.startedMs + (exchange.call.timeoutMs ?? Infinity);
  if (untilMs >= exchange.deadlineMs) return;
  exchange.deadlineMs = untilMs;
  exchange.isHurried = true;
}

/** Held to the endpoint's signature before a model sees anything. */
export function validateTensors(exchange: Exchange): void {
  const { call, endpoint } = exchange;
  const { tensors: signature } = endpoint;
  if (call === null || signature === null) return;
  const unknown = call.wishes?.find(({ name }) => !signature.outputs.some((output) => output.name === name));
  if (unknown !== undefined && signature.outputs.length > 0) {
    const names = signature.outputs.map(({ name }) => name).join(', ');
    throw new MulleError(
      'invalid_argument',
      `There is no output "${unknown.name.slice(0, 128)}". There are: ${names}.`,
    );
  }
  exchange.tensors = tensorRows(checkTensors(signature, call.tensors), call.parameters, call.priority);
  exchange.eventTimesMs.push(nowMs());
}

/** The outputs that the caller wants, in its order. Throws `model_failed` where the model gave none of that name. */
export function wantedOutputs({ call, served }: Exchange, outputs: readonly Tensor[]): readonly Tensor[] {
  if (call === null || call.wishes === null) return outputs;
  return call.wishes.map(({ name }) => {
    const output = outputs.find((tensor) => tensor.name === name);
    if (output === undefined) throw new MulleError('model_failed', `${served?.id ?? 'It'} gave no output "${name}".`);
    return output;
  });
}
