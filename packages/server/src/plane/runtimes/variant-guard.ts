const failuresToClose = 5;
const firstCoolDownMs = 1_000;
const longestCoolDownMs = 30_000;

/**
 * Holds a variant back that fails or stalls, without waiting for anyone.
 *
 * States: open → held (five failures in a row) → probing (the cool-down is over: one request is let through) → open on
 * its success, held again for twice as long on its failure (1 s to 30 s). Any success opens it. Requests that were under
 * way when it closed say nothing new by failing; a host that is back is probed at once.
 */
export class VariantGuard {
  /** Why the variant is held back; undefined while it is open. */
  reason: string | undefined;
  #failures = 0;
  #coolDownMs = firstCoolDownMs;
  #untilMs = 0;
  #isProbing = false;

  /** Whether a request may go to the variant; lets one through as a probe after each cool-down. */
  admits(atMs: number): boolean {
    if (this.reason === undefined) return true;
    if (atMs < this.#untilMs) return false;
    this.#untilMs = atMs + this.#coolDownMs;
    this.#isProbing = true;
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
    if (this.reason === undefined) return;
    this.reason = undefined;
    this.#coolDownMs = firstCoolDownMs;
  }

  /** What failed may be over: the next request is a probe. */
  hostIsBack(): void {
    this.#coolDownMs = firstCoolDownMs;
    this.#untilMs = 0;
  }

  failed(reason: string, atMs: number): void {
    if (++this.#failures < failuresToClose) return;
    if (this.reason !== undefined) {
      if (!this.#isProbing) return;
      this.#coolDownMs = Math.min(longestCoolDownMs, 2 * this.#coolDownMs);
    }
    this.#isProbing = false;
    this.reason = reason;
    this.#untilMs = atMs + this.#coolDownMs;
  }
}
