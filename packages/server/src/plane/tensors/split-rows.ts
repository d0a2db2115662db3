import { bufferOf, elementBytes, elementCount, textEnd, type Tensor } from './tensor.ts';

/** Cuts tensors along their first dimension into shares of so many rows; undefined where one has not as many rows as that. */
export function splitRows(tensors: readonly Tensor[], counts: readonly number[]): Tensor[][] | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const shares = counts.map((): Tensor[] => []);
  for (const { name, datatype, shape, bytes } of tensors) {
    const [rows, ...rest] = shape;
    if (rows !== total) return undefined;
    const buffer = bufferOf(bytes);
    const perRow = elementCount(rest);
    let from = 0;
    for (const [index, count] of counts.entries()) {
      const elements = count * perRow;
      const to = datatype === 'BYTES' ? skipTexts(buffer, from, elements) : from + elements * elementBytes[datatype];
      shares[index]?.push({ name, datatype, shape: [count, ...rest], bytes: buffer.subarray(from, to) });
      from = to;
    }
  }
  return shares;
}

function skipTexts(bytes: Buffer, from: number, count: number): number {
  let at = from;
  for (let left = count; left > 0 && at >= 0; left--) at = textEnd(bytes, at);
  return at < 0 ? bytes.length : at;
}
