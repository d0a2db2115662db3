import type { TensorDatatype } from '@mulle/contract';
import { bufferOf, type Tensor } from './tensor.ts';
import { valuesOf } from './element-values.ts';

const inexact: ReadonlySet<TensorDatatype> = new Set(['FP16', 'BF16', 'FP32', 'FP64']);

/** Of half precision eight or eleven bits are all there is. */
const coarse: ReadonlySet<TensorDatatype> = new Set(['FP16', 'BF16']);
const coarseFactor = 10;

/** Whether tensors are the same: names, shapes and bytes, or floats but for a tolerance relative to the larger of 1 and the value. */
export function sameTensors(some: readonly Tensor[], others: readonly Tensor[], tolerance: number): boolean {
  return (
    some.length === others.length &&
    some.every((one, index) => {
      const other = others[index];
      return other !== undefined && isSame(one, other, tolerance);
    })
  );
}

function isSame(one: Tensor, other: Tensor, tolerance: number): boolean {
  const { name, datatype, shape } = one;
  if (name !== other.name || datatype !== other.datatype || shape.join() !== other.shape.join()) return false;
  if (bufferOf(one.bytes).equals(other.bytes)) return true;
  if (tolerance === 0 || !inexact.has(datatype)) return false;
  const wanted = valuesOf(other);
  const within = coarse.has(datatype) ? coarseFactor * tolerance : tolerance;
  return valuesOf(one).every((value, place) => {
    const [a, b] = [Number(value), Number(wanted[place])];
    return Object.is(a, b) || Math.abs(a - b) <= within * Math.max(1, Math.abs(b));
  });
}
