import type { FileHandle } from 'node:fs/promises';

const windowBytes = 64 * 1024;
const lengthDelimited = 2;
/** Bytes after the tag of the wire types that tell no length: 64 and 32 bits. */
const fixedBytes: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

/**
 * Walks the fields of a protobuf message in a file, and reads only those it is asked for: a model's graph is found
 * behind gigabytes of weights without reading these. Throws RangeError on what is no protobuf.
 */
export class FileFields {
  readonly #file: FileHandle;
  #window = Buffer.alloc(0);
  #windowAt = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Calls `take` with the place of each length-delimited field between `start` and `end`. */
  async walk(
    start: number,
    end: number,
    take: (field: number, start: number, end: number) => Promise<void>,
  ): Promise<void> {
    for (let at = start; at < end;) {
      const [tag, afterTag] = await this.#varint(at);
      const wireType = tag % 8;
      if (wireType === 0) [, at] = await this.#varint(afterTag);
      else if (wireType === lengthDelimited) {
        const [bytes, from] = await this.#varint(afterTag);
        at = from + bytes;
        if (at > end) throw new RangeError('A field ends behind its message.');
        await take(Math.floor(tag / 8), from, at);
      } else {
        const bytes = fixedBytes[wireType];
        if (bytes === undefined) throw new RangeError(`There is no wire type ${wireType}.`);
        at = afterTag + bytes;
      }
    }
  }

  async bytes(start: number, end: number): Promise<Buffer> {
    const bytes = Buffer.alloc(end - start);
    const { bytesRead } = await this.#file.read(bytes, 0, bytes.length, start);
    if (bytesRead < bytes.length) throw new RangeError('The file ends too early.');
    return bytes;
  }

  /** An integer and the place behind it. */
  async #varint(at: number): Promise<[value: number, end: number]> {
    let value = 0;
    for (let index = 0; index < 10; index++) {
      const byte = await this.#byte(at + index);
      value += (byte % 128) * 2 ** (7 * index);
      if (byte < 128) return [value, at + index + 1];
    }
    throw new RangeError('An integer has no end.');
  }

  async #byte(at: number): Promise<number> {
    const known = this.#window[at - this.#windowAt];
    if (known !== undefined) return known;
    const memory = Buffer.alloc(windowBytes);
    const { bytesRead } = await this.#file.read(memory, 0, windowBytes, at);
    this.#window = memory.subarray(0, bytesRead);
    this.#windowAt = at;
    const [first] = this.#window;
    if (first === undefined) throw new RangeError('The file ends too early.');
    return first;
  }
}
