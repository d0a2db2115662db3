import type { TensorDatatype } from '@mulle/contract';

/**
 * A named tensor as it travels from a caller to a model and back: nothing is converted on the way that both sides have as
 * bytes. They are little-endian and row-major; an element of BYTES stands behind its length as uint32.
 */
export interface Tensor {
  readonly name: string;
  readonly datatype: TensorDatatype;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** Bytes of an element; those of BYTES tell their own. */
export const elementBytes: Readonly<Record<Exclude<TensorDatatype, 'BYTES'>, number>> = {
  BOOL: 1,
  UINT8: 1,
  UINT16: 2,
  UINT32: 4,
  UINT64: 8,
  INT8: 1,
  INT16: 2,
  INT32: 4,
  INT64: 8,
  FP16: 2,
  BF16: 2,
  FP32: 4,
  FP64: 8,
};

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((count, size) => count * size, 1);
}

/** The bytes as a Buffer, without a copy. */
export function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** Where the element behind the one at `at` begins in BYTES; −1 where it ends behind the bytes. */
export function textEnd(bytes: Buffer, at: number): number {
  if (at + 4 > bytes.length) return -1;
  const end = at + 4 + bytes.readUInt32LE(at);
  return end > bytes.length ? -1 : end;
}
