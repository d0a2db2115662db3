import { bufferOf, type Tensor } from './tensor.ts';
import { valuesOf } from './element-values.ts';

/** The largest difference of numbers at the same place; null where names, shapes or datatypes differ, or texts do. */
export function tensorDifference(some: readonly Tensor[], others: readonly Tensor[]): number | null {
  if (some.length !== others.length) return null;
  let largest = 0;
  for (const one of some) {
    const other = others.find(({ name }) => name === one.name);
    if (other === undefined || other.datatype !== one.datatype || other.shape.join() !== one.shape.join()) return null;
    if (bufferOf(one.bytes).equals(other.bytes)) continue;
    if (one.datatype === 'BYTES') return null;
    const values = valuesOf(other);
    for (const [place, value] of valuesOf(one).entries()) {
      const difference = Math.abs(Number(value) - Number(values[place]));
      if (Number.isNaN(difference)) return null;
      largest = Math.max(largest, difference);
    }
  }
  return largest;
}
