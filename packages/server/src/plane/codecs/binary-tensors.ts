/**
 * The binary tensor data extension of the Open Inference Protocol: behind the JSON of a body, whose length the header
 * `Inference-Header-Content-Length` tells, stand the values of tensors, little-endian and row-major, each as many bytes
 * as its parameter `binary_data_size` says.
 * https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_binary_data.md
 */
import type { Static } from 'typebox';
import type { TensorDatatype } from '@mulle/contract';
import { MulleError } from '#kernel/errors.ts';

type Datatype = Static<typeof TensorDatatype>;

/** What JSON would have held; NaN, which JSON cannot say, is null. */
type Value = number | boolean | string | null;

interface Reading {
  readonly bytes: number;
  read(buffer: Buffer, at: number): Value;
}

const present = (value: number): number | null => (Number.isNaN(value) ? null : value);

/** IEEE 754 half precision. */
function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (1 + fraction / 1_024) * 2 ** (exponent - 15);
}

/** The upper half of a single. */
function bfloat16(bits: number): number {
  const single = Buffer.alloc(4);
  single.writeUInt16LE(bits, 2);
  return single.readFloatLE();
}

const readings: Record<Exclude<Datatype, 'BYTES'>, Reading> = {
  BOOL: { bytes: 1, read: (buffer, at) => buffer.readUInt8(at) !== 0 },
  UINT8: { bytes: 1, read: (buffer, at) => buffer.readUInt8(at) },
  UINT16: { bytes: 2, read: (buffer, at) => buffer.readUInt16LE(at) },
  UINT32: { bytes: 4, read: (buffer, at) => buffer.readUInt32LE(at) },
  UINT64: { bytes: 8, read: (buffer, at) => Number(buffer.readBigUInt64LE(at)) },
  INT8: { bytes: 1, read: (buffer, at) => buffer.readInt8(at) },
  INT16: { bytes: 2, read: (buffer, at) => buffer.readInt16LE(at) },
  INT32: { bytes: 4, read: (buffer, at) => buffer.readInt32LE(at) },
  INT64: { bytes: 8, read: (buffer, at) => Number(buffer.readBigInt64LE(at)) },
  FP16: { bytes: 2, read: (buffer, at) => present(float16(buffer.readUInt16LE(at))) },
  BF16: { bytes: 2, read: (buffer, at) => present(bfloat16(buffer.readUInt16LE(at))) },
  FP32: { bytes: 4, read: (buffer, at) => present(buffer.readFloatLE(at)) },
  FP64: { bytes: 8, read: (buffer, at) => present(buffer.readDoubleLE(at)) },
};

/** Each element of BYTES: its length as uint32, then so many bytes of UTF-8. */
function readTexts(name: string, buffer: Buffer): string[] {
  const texts: string[] = [];
  for (let at = 0; at < buffer.length;) {
    const start = at + 4;
    const end = start <= buffer.length ? start + buffer.readUInt32LE(at) : Infinity;
    if (end > buffer.length) {
      throw new MulleError('invalid_argument', `Tensor "${name}": element ${texts.length} ends behind its bytes.`);
    }
    texts.push(buffer.toString('utf8', start, end));
    at = end;
  }
  return texts;
}

/** The bytes behind the JSON of a request, which its tensors take in their order. */
export class BinaryTensors {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** The values of the next tensor. Throws `invalid_argument` where its size is wrong or the bytes do not last. */
  take(name: string, datatype: Datatype, size: unknown): Value[] {
    const left = this.#bytes.length - this.#at;
    if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0 || size > left) {
      throw new MulleError(
        'invalid_argument',
        `Tensor "${name}": "binary_data_size" is ${String(size)} and ${left} bytes are left behind the JSON.`,
      );
    }
    const own = this.#bytes.subarray(this.#at, this.#at + size);
    this.#at += size;
    if (datatype === 'BYTES') return readTexts(name, own);
    const reading = readings[datatype];
    const { bytes } = reading;
    if (size % bytes !== 0) {
      throw new MulleError('invalid_argument', `Tensor "${name}": ${size} bytes are no whole number of ${datatype}.`);
    }
    return Array.from({ length: size / bytes }, (_, index) => reading.read(own, index * bytes));
  }

  /** Throws `invalid_argument` where bytes are left that no tensor claims. */
  end(): void {
    const left = this.#bytes.length - this.#at;
    if (left > 0) throw new MulleError('invalid_argument', `${left} bytes behind the JSON belong to no tensor.`);
  }
}

export function float32Bytes(values: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeFloatLE(value, 4 * index);
  return bytes;
}
