import { readSync, writeSync } from 'node:fs';
import { FrameReader, type Frame } from './frames.ts';

const chunkBytes = 64 * 1024;

/**
 * Frames over a socket that blocks, for a host that does nothing but wait for the next batch: reading waits in the
 * kernel, which costs a third of what an event loop and a stream do. Signals and the channel are heard between batches.
 */
export class BlockingFrames {
  readonly #descriptor: number;
  readonly #frames: Frame[] = [];
  readonly #reader = new FrameReader((frame) => this.#frames.push(frame));
  #memory = Buffer.allocUnsafeSlow(chunkBytes);

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** The next frame, valid until the one after it is asked for; undefined when the peer is gone. */
  read(): Frame | undefined {
    while (this.#frames.length === 0) {
      // Memory that holds the beginning of a frame is the reader's.
      if (this.#reader.isWithinFrame) this.#memory = Buffer.allocUnsafeSlow(chunkBytes);
      const bytes = readSync(this.#descriptor, this.#memory);
      if (bytes === 0) return undefined;
      this.#reader.push(this.#memory.subarray(0, bytes));
    }
    return this.#frames.shift();
  }

  write(bytes: Uint8Array): void {
    for (let written = 0; written < bytes.length;) written += writeSync(this.#descriptor, bytes, written);
  }
}
