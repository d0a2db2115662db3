const firstBytes = 256 * 1024;
const firstEvents = 1_024;
/** Larger memory is not kept for the next batch. */
const keptBytes = 4 * 1024 * 1024;

/** Numbers per event: offset, topic, time, characters of type, key, id and cause (-1: none), bytes of those four and of the value. */
export const fieldsPerEvent = 9;

/** Events as they go to the journal thread and their memory comes back: UTF-8 and numbers, nothing that is an object. */
export interface EventBytes {
  /** Of each event its type, key, id, cause and value, one after the other with nothing between. */
  text: Uint8Array<ArrayBuffer>;
  fields: Float64Array<ArrayBuffer>;
  count: number;
}

/**
 * What a writer's main thread gathers between two batches. Strings that are joined and posted are copied four times, and
 * touch new memory each time; these bytes are written once, and two pieces of memory go back and forth.
 */
export class EventBuffer {
  count = 0;
  #text = Buffer.from(new ArrayBuffer(firstBytes));
  #length = 0;
  #fields = new Float64Array(firstEvents * fieldsPerEvent);
  #returned: EventBytes | undefined;

  add(
    offset: number,
    topicIndex: number,
    type: string,
    key: string,
    id: string,
    timeMs: number,
    causeId: string | undefined,
    value: string,
  ): void {
    const head = type + key + id + (causeId ?? '');
    this.#reserve(3 * (head.length + value.length));
    const headBytes = this.#text.write(head, this.#length);
    const valueBytes = this.#text.write(value, this.#length + headBytes);
    this.#length += headBytes + valueBytes;
    const at = this.count++ * fieldsPerEvent;
    const fields = this.#fields;
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

  /** All that was gathered, to be transferred; the buffer is empty after it. */
  take(): EventBytes {
    const taken = { text: this.#text, fields: this.#fields, count: this.count };
    const next = this.#returned;
    this.#returned = undefined;
    this.#text = Buffer.from(next?.text.buffer ?? new ArrayBuffer(firstBytes));
    this.#fields = next?.fields ?? new Float64Array(firstEvents * fieldsPerEvent);
    this.#length = 0;
    this.count = 0;
    return taken;
  }

  /** Memory of a batch that is done. */
  giveBack(memory: EventBytes): void {
    if (memory.text.byteLength <= keptBytes) this.#returned = memory;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes > this.#text.length) {
      const larger = Buffer.from(new ArrayBuffer(2 * (this.#length + bytes)));
      this.#text.copy(larger, 0, 0, this.#length);
      this.#text = larger;
    }
    if ((this.count + 1) * fieldsPerEvent > this.#fields.length) {
      const larger = new Float64Array(2 * this.#fields.length);
      larger.set(this.#fields);
      this.#fields = larger;
    }
  }
}
