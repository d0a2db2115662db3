/**
 * Named tensors as the payload of a frame: uint32 bytes of the head, the head (JSON: names, datatypes, shapes, sizes), and
 * then the bytes of each tensor in turn. The head is filled with spaces and each tensor with zeros to multiples of
 * 8 bytes, so that numbers lie where they can be read in place.
 */
import type { TensorDatatype } from '@mulle/contract';
import { bufferOf, type Tensor } from './tensor.ts';

const alignment = 8;
const lengthBytes = 4;

/** A tensor whose bytes may lie in several pieces. */
export interface ScatteredTensor extends Omit<Tensor, 'bytes'> {
  readonly pieces: readonly Uint8Array[];
}

interface Head {
  readonly tensors: readonly { name: string; datatype: TensorDatatype; shape: number[]; bytes: number }[];
  /** What a request tells the model beside its tensors. */
  readonly parameters?: Readonly<Record<string, unknown>>;
}

const padding = Buffer.alloc(alignment);
const upToAlignment = (bytes: number): number => (alignment - (bytes % alignment)) % alignment;

/** The pieces of a payload, those of the tensors as they are. */
export function tensorPayload(
  tensors: readonly ScatteredTensor[],
  parameters?: Readonly<Record<string, unknown>>,
): Uint8Array[] {
  const sizes = tensors.map(({ pieces }) => pieces.reduce((sum, { length }) => sum + length, 0));
  const head = JSON.stringify({
    tensors: tensors.map(({ name, datatype, shape }, index) => ({ name, datatype, shape, bytes: sizes[index] })),
    ...(parameters === undefined ? {} : { parameters }),
  });
  const headBytes = Buffer.byteLength(head) + upToAlignment(lengthBytes + Buffer.byteLength(head));
  const start = Buffer.alloc(lengthBytes + headBytes, ' ');
  start.writeUInt32LE(headBytes);
  start.write(head, lengthBytes);
  const parts: Uint8Array[] = [start];
  for (const [index, { pieces }] of tensors.entries()) {
    parts.push(...pieces);
    const missing = upToAlignment(sizes[index] ?? 0);
    if (missing > 0) parts.push(padding.subarray(0, missing));
  }
  return parts;
}

/** The tensors of a payload, in its memory. */
export function readTensorPayload(payload: Uint8Array): Tensor[] {
  const bytes = bufferOf(payload);
  const headBytes = bytes.readUInt32LE(0);
  // Written by a host of ours or by data, whose lengths the frame has checked.
  const { tensors } = JSON.parse(bytes.toString('utf8', lengthBytes, lengthBytes + headBytes)) as Head;
  let at = lengthBytes + headBytes;
  return tensors.map(({ name, datatype, shape, bytes: size }) => {
    const own = bytes.subarray(at, at + size);
    at += size + upToAlignment(size);
    return { name, datatype, shape, bytes: own };
  });
}
