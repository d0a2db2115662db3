import type { TensorDatatype } from '@mulle/contract';
import { MulleError } from '#kernel/errors.ts';
import { bufferOf, elementBytes, elementCount, textEnd, type Tensor } from './tensor.ts';

/** An element as JSON has it; 64-bit integers that a number cannot hold are bigints. */
export type ElementValue = number | bigint | boolean | string;

/** How an element of a datatype is read from bytes and written to them. `write` is false where the value is none. */
interface Element {
  read(view: DataView, at: number): ElementValue;
  write(view: DataView, at: number, value: unknown): boolean;
  /** What it takes, in words. */
  readonly wanted: string;
}

function integer(
  minimum: number,
  maximum: number,
  read: Element['read'],
  write: (view: DataView, at: number, value: number) => void,
): Element {
  return {
    read,
    write(view, at, value) {
      if (typeof value !== 'number' || !Number.isInteger(value) || value < minimum || value > maximum) return false;
      write(view, at, value);
      return true;
    },
    wanted: `whole numbers from ${minimum} to ${maximum}`,
  };
}

/** What is missing is NaN, which JSON cannot say. */
function float(read: Element['read'], write: (view: DataView, at: number, value: number) => void): Element {
  return {
    read,
    write(view, at, value) {
      if (value !== null && typeof value !== 'number') return false;
      write(view, at, value ?? Number.NaN);
      return true;
    },
    wanted: 'numbers, or null for NaN',
  };
}

const { MAX_SAFE_INTEGER: safe } = Number;
const single = new DataView(new ArrayBuffer(4));

/** The upper half of a single, rounded to nearest, ties to even. */
function bfloat16Bits(value: number): number {
  single.setFloat32(0, value);
  const bits = single.getUint32(0);
  if (Number.isNaN(value)) return 0x7fc0;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

function bfloat16(bits: number): number {
  single.setUint32(0, (bits << 16) >>> 0);
  return single.getFloat32(0);
}

const numeric = (value: bigint): number | bigint =>
  value >= -BigInt(safe) && value <= BigInt(safe) ? Number(value) : value;

const elements: Readonly<Record<Exclude<TensorDatatype, 'BYTES'>, Element>> = {
  BOOL: {
    read: (view, at) => view.getUint8(at) !== 0,
    write(view, at, value) {
      if (value !== true && value !== false && value !== 0 && value !== 1) return false;
      view.setUint8(at, Number(value));
      return true;
    },
    wanted: 'true or false',
  },
  UINT8: integer(
    0,
    255,
    (view, at) => view.getUint8(at),
    (view, at, value) => view.setUint8(at, value),
  ),
  UINT16: integer(
    0,
    65_535,
    (view, at) => view.getUint16(at, true),
    (view, at, value) => view.setUint16(at, value, true),
  ),
  UINT32: integer(
    0,
    2 ** 32 - 1,
    (view, at) => view.getUint32(at, true),
    (view, at, value) => view.setUint32(at, value, true),
  ),
  UINT64: integer(
    0,
    safe,
    (view, at) => numeric(view.getBigUint64(at, true)),
    (view, at, value) => view.setBigUint64(at, BigInt(value), true),
  ),
  INT8: integer(
    -128,
    127,
    (view, at) => view.getInt8(at),
    (view, at, value) => view.setInt8(at, value),
  ),
  INT16: integer(
    -32_768,
    32_767,
    (view, at) => view.getInt16(at, true),
    (view, at, value) => view.setInt16(at, value, true),
  ),
  INT32: integer(
    -(2 ** 31),
    2 ** 31 - 1,
    (view, at) => view.getInt32(at, true),
    (view, at, value) => view.setInt32(at, value, true),
  ),
  INT64: integer(
    -safe,
    safe,
    (view, at) => numeric(view.getBigInt64(at, true)),
    (view, at, value) => view.setBigInt64(at, BigInt(value), true),
  ),
  FP16: float(
    (view, at) => view.getFloat16(at, true),
    (view, at, value) => view.setFloat16(at, value, true),
  ),
  BF16: float(
    (view, at) => bfloat16(view.getUint16(at, true)),
    (view, at, value) => view.setUint16(at, bfloat16Bits(value), true),
  ),
  FP32: float(
    (view, at) => view.getFloat32(at, true),
    (view, at, value) => view.setFloat32(at, value, true),
  ),
  FP64: float(
    (view, at) => view.getFloat64(at, true),
    (view, at, value) => view.setFloat64(at, value, true),
  ),
};

function refuse(name: string, place: number, value: unknown, wanted: string): never {
  const text = (JSON.stringify(value) ?? String(value)).slice(0, 60);
  throw new MulleError('invalid_argument', `Tensor "${name}": element ${place} is ${text}; give ${wanted}.`);
}

/** The bytes of values as JSON has them. Throws `invalid_argument` on a value that is none of the datatype. */
export function bytesOfValues(name: string, datatype: TensorDatatype, values: readonly unknown[]): Buffer {
  if (datatype === 'BYTES') return bytesOfTexts(name, values);
  const element = elements[datatype];
  const size = elementBytes[datatype];
  const bytes = Buffer.alloc(values.length * size);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let place = 0; place < values.length; place++) {
    if (!element.write(view, place * size, values[place])) refuse(name, place, values[place], element.wanted);
  }
  return bytes;
}

function bytesOfTexts(name: string, values: readonly unknown[]): Buffer {
  const parts = values.flatMap((value, place) => {
    if (typeof value !== 'string') refuse(name, place, value, 'text');
    const text = Buffer.from(value);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(text.length);
    return [length, text];
  });
  return Buffer.concat(parts);
}

/** The elements of a tensor; texts are UTF-8. */
export function valuesOf({ datatype, shape, bytes }: Omit<Tensor, 'name'>): ElementValue[] {
  const count = elementCount(shape);
  const buffer = bufferOf(bytes);
  if (datatype === 'BYTES') {
    const texts: string[] = [];
    for (let at = 0; at < buffer.length;) {
      const end = textEnd(buffer, at);
      if (end < 0) break;
      texts.push(buffer.toString('utf8', at + 4, end));
      at = end;
    }
    return texts;
  }
  const element = elements[datatype];
  const size = elementBytes[datatype];
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  return Array.from({ length: count }, (_, place) => element.read(view, place * size));
}
