/**
 * The binary tensor data extension of the Open Inference Protocol: behind the JSON of a body, whose length the header
 * `Inference-Header-Content-Length` tells, stand the values of tensors, little-endian and row-major, each as many bytes
 * as its parameter `binary_data_size` says.
 * https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_binary_data.md
 */
import type { TensorDatatype } from '@mulle/contract';
import { MulleError } from '#kernel/errors.ts';
import { checkBytes } from '../tensors/check-tensors.ts';
import { valuesOf } from '../tensors/element-values.ts';

/** The bytes of a tensor as the values that JSON would have held; NaN, which JSON cannot say, is null. */
export function jsonValues(
  name: string,
  datatype: TensorDatatype,
  shape: readonly number[],
  bytes: Uint8Array,
): (number | boolean | string | null)[] {
  checkBytes({ name, datatype, shape, bytes });
  return valuesOf({ datatype, shape, bytes }).map((value) => {
    if (typeof value === 'bigint') return Number(value);
    return Number.isNaN(value) ? null : value;
  });
}

/** The bytes behind the JSON of a request, which its tensors take in their order. */
export class BinaryTensors {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** The bytes of the next tensor. Throws `invalid_argument` where they do not last. */
  take(name: string, size: unknown): Buffer {
    const left = this.#bytes.length - this.#at;
    if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0 || size > left) {
      throw new MulleError(
        'invalid_argument',
        `Tensor "${name}": "binary_data_size" is ${String(size)} and ${left} bytes are left behind the JSON.`,
      );
    }
    const own = this.#bytes.subarray(this.#at, this.#at + size);
    this.#at += size;
    return own;
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
