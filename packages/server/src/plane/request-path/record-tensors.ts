import { nowMs } from '#kernel/clock.ts';
import type { JsonText } from '../codecs/json-text.ts';
import { writeValues } from '../codecs/tensor-json.ts';
import { valuesOf } from '../tensors/element-values.ts';
import { elementCount, type Tensor } from '../tensors/tensor.ts';
import type { Exchange } from './exchange.ts';

/** Larger tensors are told by datatype and shape alone. */
const recordedElements = 64;

/** Writes what is a tensor request's own of its decision, behind the members that all have. */
export function writeTensorDecision(text: JsonText, exchange: Exchange): void {
  const { source, eventTimesMs, tensors, outputs } = exchange;
  text
    .raw('"source":')
    .string(source)
    .raw(',"eventTimeMs":')
    .number(eventTimesMs[0] ?? nowMs());
  text.raw(',"inputs":');
  writeTensors(text, tensors?.tensors ?? []);
  text.raw(',"features":{},"violations":[],"score":').number(scoreOf(outputs?.[0]));
  if (outputs !== null) writeTensors(text.raw(',"outputs":'), outputs);
  text.raw('}');
}

function writeTensors(text: JsonText, tensors: readonly Tensor[]): void {
  text.raw('{');
  for (const [index, tensor] of tensors.entries()) {
    if (index > 0) text.raw(',');
    text.string(tensor.name).raw(`:{"datatype":"${tensor.datatype}","shape":`).numbers(tensor.shape);
    if (elementCount(tensor.shape) <= recordedElements) writeValues(text.raw(',"data":'), tensor);
    text.raw('}');
  }
  text.raw('}');
}

/** An answer of one number is a score; NaN where it is none. */
function scoreOf(output: Tensor | undefined): number {
  if (output === undefined || output.datatype === 'BYTES' || elementCount(output.shape) !== 1) return Number.NaN;
  return Number(valuesOf(output)[0]);
}
