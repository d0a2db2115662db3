/**
 * The binary frames between data and a model host, over a Unix socket pair, little-endian:
 *
 *     uint32 id | uint32 rows | uint32 columns | uint32 precision | payload
 *
 * With columns > 0 the payload is `rows × columns` numbers, row-major: a batch, or (one column) its scores. `precision`
 * is the bytes of one, 4 (float32) or 8 (float64): what the runtime computes with.
 * With columns = 0 it is `rows` bytes: UTF-8, the sentence that says why a batch failed, or where `precision` is 2 what of
 * it the model refuses by its own rules; where `precision` is 0 named tensors (see tensors/tensor-frame).
 */
const headerBytes = 16;

export type Precision = 4 | 8;
export type FrameNumbers = Float32Array<ArrayBufferLike> | Float64Array<ArrayBufferLike>;

export interface Frame {
  kind: 'numbers' | 'text' | 'refusal' | 'tensors';
  id: number;
  rows: number;
  columns: number;
  precision: Precision;
  payload: Buffer;
}

/** A frame under construction: `values` is the payload, to be filled before `bytes` is written. */
export interface OutgoingFrame {
  bytes: Buffer;
  values: FrameNumbers;
}

/** Frames for one peer that takes one at a time: the memory is used again when the peer has answered. */
export class FrameBuffer {
  readonly #precision: Precision;
  #memory = new ArrayBuffer(headerBytes + 16 * 1024);

  constructor(precision: Precision) {
    this.#precision = precision;
  }

  begin(id: number, rows: number, columns: number): OutgoingFrame {
    const length = headerBytes + rows * columns * this.#precision;
    if (length > this.#memory.byteLength) this.#memory = new ArrayBuffer(2 * length);
    writeHeader(Buffer.from(this.#memory, 0, headerBytes), id, rows, columns, this.#precision);
    return {
      bytes: Buffer.from(this.#memory, 0, length),
      values: numbersIn(this.#memory, headerBytes, rows * columns, this.#precision),
    };
  }
}

/** The header of a frame of tensors, whose payload follows it. */
export function tensorHeader(id: number, payloadBytes: number): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32LE(id, 0);
  header.writeUInt32LE(payloadBytes, 4);
  return header;
}

const refusalWidth = 2;

/** `isRefusal`: the input is at fault, and the model is sound. */
export function errorFrame(id: number, message: string, isRefusal = false): Buffer {
  const text = Buffer.from(message);
  const header = Buffer.alloc(headerBytes);
  writeHeader(header, id, text.length, 0, isRefusal ? refusalWidth : 4);
  return Buffer.concat([header, text]);
}

function writeHeader(header: Buffer, id: number, rows: number, columns: number, width: number): void {
  header.writeUInt32LE(id, 0);
  header.writeUInt32LE(rows, 4);
  header.writeUInt32LE(columns, 8);
  header.writeUInt32LE(width, 12);
}

function numbersIn(memory: ArrayBufferLike, offset: number, count: number, precision: Precision): FrameNumbers {
  return precision === 8 ? new Float64Array(memory, offset, count) : new Float32Array(memory, offset, count);
}

/** The payload as numbers; valid as long as the frame's memory is. */
export function frameValues({ payload, rows, columns, precision }: Frame): FrameNumbers {
  const aligned = payload.byteOffset % precision === 0 ? payload : Buffer.from(Uint8Array.from(payload).buffer);
  return numbersIn(aligned.buffer, aligned.byteOffset, rows * columns, precision);
}

/** What a frame without columns is. */
function kindWithout(width: number): Frame['kind'] {
  if (width === 0) return 'tensors';
  return width === refusalWidth ? 'refusal' : 'text';
}

/** Cuts a byte stream into frames. A frame that lies within one chunk is handed on without a copy. */
export class FrameReader {
  readonly #onFrame: (frame: Frame) => void;
  #chunks: Buffer[] = [];
  #bytes = 0;
  /** Bytes that the frame under way has at least. */
  #wanted = headerBytes;

  constructor(onFrame: (frame: Frame) => void) {
    this.#onFrame = onFrame;
  }

  get isWithinFrame(): boolean {
    return this.#bytes > 0;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    while (this.#bytes >= this.#wanted) {
      const [first] = this.#chunks;
      const bytes = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks);
      const rows = bytes.readUInt32LE(4);
      const columns = bytes.readUInt32LE(8);
      const width = bytes.readUInt32LE(12);
      const precision: Precision = width === 8 ? 8 : 4;
      const kind = columns > 0 ? 'numbers' : kindWithout(width);
      const end = headerBytes + (columns === 0 ? rows : rows * columns * precision);
      const whole = bytes.length >= end;
      const rest = whole ? bytes.subarray(end) : bytes;
      this.#chunks = rest.length === 0 ? [] : [rest];
      this.#bytes = rest.length;
      this.#wanted = whole ? headerBytes : end;
      const payload = bytes.subarray(headerBytes, end);
      if (whole) this.#onFrame({ kind, id: bytes.readUInt32LE(0), rows, columns, precision, payload });
    }
  }
}
