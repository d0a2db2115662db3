const firstBytes = 256 * 1024;
const firstEvents = 1_024;
/** Larger memory is not kept for the next batch. */
const keptBytes = 4 * 1024 * 1024;

/** Numbers per event: offset, topic, time, characters of type, key, id and cause (-1: none), bytes of those four and of the value. */
export const fieldsPerEvent = 9;

/** Text in ASCII that is bytes already. */
export interface AsciiText {
  readonly bytes: Buffer;
  readonly length: number;
}

interface Memory {
  text: Buffer<SharedArrayBuffer>;
  fields: Float64Array<SharedArrayBuffer>;
}

/** Events as the journal thread sees them, in memory shared with it: UTF-8 and numbers, nothing that is an object. */
export interface EventBytes {
  /** Of each event its type, key, id, cause and value, one after the other with nothing between. */
  text: SharedArrayBuffer;
  fields: Float64Array<SharedArrayBuffer>;
  count: number;
}

function newMemory(): Memory {
  return {
    text: Buffer.from(new SharedArrayBuffer(firstBytes)),
    fields: new Float64Array(new SharedArrayBuffer(firstEvents * fieldsPerEvent * Float64Array.BYTES_PER_ELEMENT)),
  };
}

/**
 * What a writer's main thread gathers between two batches. Strings that are joined and posted are copied four times, and
 * touch new memory each time; these bytes are written once. Of two pieces of memory one is written to while the journal
 * thread reads the other, which stays whole until the next batch is taken: whatever becomes of the thread.
 */
export class EventBuffer {
  count = 0;
  #memory = newMemory();
  #taken = newMemory();
  #length = 0;

  add(
    offset: number,
    topicIndex: number,
    type: string,
    key: string,
    id: string,
    timeMs: number,
    causeId: string | undefined,
    value: string | AsciiText,
  ): void {
    const head = type + key + id + (causeId ?? '');
    this.#reserve(3 * (head.length + value.length));
    const { text, fields } = this.#memory;
    const headBytes = text.write(head, this.#length);
    const valueAt = this.#length + headBytes;
    const valueBytes =
      typeof value === 'string' ? text.write(value, valueAt) : value.bytes.copy(text, valueAt, 0, value.length);
    this.#length += headBytes + valueBytes;
    const at = this.count++ * fieldsPerEvent;
    fields[at] = offset;
    fields[at + 1] = topicIndex;
    fields[at + 2] = timeMs;
    fields[at + 3] = type.length;
    fields[at + 4] = key.length;
    fields[at + 5] = id.length;
    fields[at + 6] = causeId?.length ?? -1;
    fields[at + 7] = headBytes;
    fields[at + 8] = valueBytes;
  }

  /** All that was gathered; the buffer is empty after it. The batch before it must be done with. */
  take(): EventBytes {
    const { text, fields } = this.#memory;
    const taken = { text: text.buffer, fields, count: this.count };
    const free = this.#taken.text.length <= keptBytes ? this.#taken : newMemory();
    [this.#memory, this.#taken] = [free, this.#memory];
    this.#length = 0;
    this.count = 0;
    return taken;
  }

  #reserve(bytes: number): void {
    const { text, fields } = this.#memory;
    if (this.#length + bytes > text.length) {
      this.#memory.text = Buffer.from(new SharedArrayBuffer(2 * (this.#length + bytes)));
      text.copy(this.#memory.text, 0, 0, this.#length);
    }
    if ((this.count + 1) * fieldsPerEvent > fields.length) {
      this.#memory.fields = new Float64Array(new SharedArrayBuffer(2 * fields.byteLength));
      this.#memory.fields.set(fields);
    }
  }
}
