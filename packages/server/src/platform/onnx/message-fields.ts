import type { Reader } from 'protobufjs/minimal.js';

/** Takes the field the reader stands at; false: it is skipped. */
type TakeField = (field: number, wireType: number) => boolean;

/** Reads the message that begins with its length. */
export function readMessage(reader: Reader, take: TakeField): void {
  const bytes = reader.uint32();
  readFields(reader, reader.pos + bytes, take);
}

/** Calls `take` for each field until `end`. */
export function readFields(reader: Reader, end: number, take: TakeField): void {
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (!take(tag >>> 3, tag & 7)) reader.skipType(tag & 7);
  }
}
