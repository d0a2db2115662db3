/**
 * Typed contents of gRPC tensors from and to bytes. Each datatype has the one field that holds its elements; FP16 and
 * BF16 have none and come raw.
 */
import type { TensorDatatype } from '@mulle/contract';
import { MulleError } from '#kernel/errors.ts';
import { bytesOfValues, valuesOf } from '../tensors/element-values.ts';
import { bufferOf, textEnd, type Tensor } from '../tensors/tensor.ts';

/** A whole number of 64 bits as protobufjs has it: its halves, as signed ones. */
export type Whole = number | { readonly low: number; readonly high: number };

/** As protobufjs has the message: fields that were not sent are absent or empty. */
export interface TensorContents {
  bool_contents?: boolean[];
  int_contents?: number[];
  int64_contents?: Whole[];
  uint_contents?: number[];
  uint64_contents?: Whole[];
  fp32_contents?: number[];
  fp64_contents?: number[];
  bytes_contents?: Uint8Array[];
}

const fields: Readonly<Partial<Record<TensorDatatype, keyof TensorContents>>> = {
  BOOL: 'bool_contents',
  INT8: 'int_contents',
  INT16: 'int_contents',
  INT32: 'int_contents',
  INT64: 'int64_contents',
  UINT8: 'uint_contents',
  UINT16: 'uint_contents',
  UINT32: 'uint_contents',
  UINT64: 'uint64_contents',
  FP32: 'fp32_contents',
  FP64: 'fp64_contents',
  BYTES: 'bytes_contents',
};

/** Whether a datatype can be told by typed contents. */
export function hasContents(datatype: TensorDatatype): boolean {
  return fields[datatype] !== undefined;
}

/** The bytes of an input's contents. Throws `invalid_argument` where they are in another field than its datatype's. */
export function bytesOfContents(name: string, datatype: TensorDatatype, contents: TensorContents): Buffer {
  const field = fields[datatype];
  if (field === undefined) {
    throw new MulleError('invalid_argument', `Tensor "${name}": ${datatype} has no typed contents. Send it raw.`);
  }
  const other = Object.entries(contents).find(
    ([key, values]) => key !== field && Array.isArray(values) && values.length > 0,
  );
  if (other !== undefined) {
    throw new MulleError('invalid_argument', `Tensor "${name}" is ${datatype} and has ${other[0]}; give ${field}.`);
  }
  const values: readonly unknown[] = contents[field] ?? [];
  if (field === 'bytes_contents') return textBytes(contents.bytes_contents ?? []);
  if (field === 'int64_contents' || field === 'uint64_contents') return wholeBytes(contents[field] ?? []);
  return bytesOfValues(name, datatype, values);
}

/** What is wider than a number stays whole. */
function wholeBytes(values: readonly Whole[]): Buffer {
  const bytes = Buffer.alloc(8 * values.length);
  for (const [index, value] of values.entries()) {
    if (typeof value === 'number') bytes.writeBigInt64LE(BigInt(value), 8 * index);
    else {
      bytes.writeInt32LE(value.low, 8 * index);
      bytes.writeInt32LE(value.high, 8 * index + 4);
    }
  }
  return bytes;
}

function textBytes(items: readonly Uint8Array[]): Buffer {
  const parts = items.flatMap((item) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(item.length);
    return [length, item];
  });
  return Buffer.concat(parts);
}

/** The typed contents of an output; only for datatypes that have them. */
export function contentsOf(tensor: Omit<Tensor, 'name'>): Record<string, unknown[]> {
  const field = fields[tensor.datatype];
  if (field === undefined) throw new RangeError(`${tensor.datatype} has no typed contents.`);
  if (field === 'bytes_contents') return { [field]: itemsOf(bufferOf(tensor.bytes)) };
  // protobufjs takes whole numbers of 64 bits as text where a number cannot hold them.
  return { [field]: valuesOf(tensor).map((value) => (typeof value === 'bigint' ? String(value) : value)) };
}

function itemsOf(bytes: Buffer): Buffer[] {
  const items: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = textEnd(bytes, at);
    if (end < 0) break;
    items.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return items;
}
