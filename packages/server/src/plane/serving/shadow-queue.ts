/** Rows that may be with a challenger in the shadow at once. */
const shadowRows = 1_024;
/** A whole batch waits for the incumbent: whoever waits for an answer goes first. */
const busyRows = 256;

/**
 * How much of an endpoint's traffic is in the shadow now. Copies never wait: what does not fit, or comes while callers
 * wait, is dropped and counted.
 */
export class ShadowQueue {
  #rows = 0;
  #dropped = 0;

  /** Whether so many rows may be copied now; `waitingRows` wait for the incumbent. */
  admit(rows: number, waitingRows: number): boolean {
    if (waitingRows >= busyRows || this.#rows + rows > shadowRows) {
      this.#dropped += 1;
      return false;
    }
    this.#rows += rows;
    return true;
  }

  done(rows: number): void {
    this.#rows -= rows;
  }

  /** Copies that were dropped since this was asked last. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }
}
