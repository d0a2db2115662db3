/** What a variant said, kept for the same question. */
export interface CachedAnswer {
  readonly scores: readonly number[];
  /** When it was given. */
  readonly atMs: number;
}

/**
 * Answers of an endpoint's variants by what each was asked, as long as they are young and for the last `entries`
 * questions. A question that is being asked is asked once: who comes meanwhile waits for that answer.
 */
export class PredictionCache {
  readonly #ttlMs: number;
  readonly #entries: number;
  readonly #answers = new Map<string, CachedAnswer>();
  readonly #flights = new Map<string, Promise<CachedAnswer | undefined>>();

  constructor(ttlMs: number, entries: number) {
    this.#ttlMs = ttlMs;
    this.#entries = entries;
  }

  get(key: string, nowMs: number): CachedAnswer | undefined {
    const answer = this.#answers.get(key);
    if (answer === undefined) return undefined;
    this.#answers.delete(key);
    if (nowMs - answer.atMs > this.#ttlMs) return undefined;
    // The last one asked for is the last to go.
    this.#answers.set(key, answer);
    return answer;
  }

  /** The answer that somebody waits for already, undefined where that one gets none; null: nobody does. */
  flight(key: string): Promise<CachedAnswer | undefined> | null {
    return this.#flights.get(key) ?? null;
  }

  /** Asks, for all who come until the answer is there, and keeps it; undefined is no answer to keep. */
  async ask(key: string, ask: () => Promise<CachedAnswer | undefined>): Promise<void> {
    const flight = ask();
    this.#flights.set(
      key,
      flight.catch(() => undefined),
    );
    try {
      this.#keep(key, await flight);
    } finally {
      this.#flights.delete(key);
    }
  }

  #keep(key: string, answer: CachedAnswer | undefined): void {
    if (answer === undefined) return;
    this.#answers.set(key, answer);
    if (this.#answers.size <= this.#entries) return;
    const oldest = this.#answers.keys().next();
    if (oldest.done !== true) this.#answers.delete(oldest.value);
  }
}

/** Larger questions are asked every time: their key would cost as much as their answer. */
const keyValues = 4_096;

/**
 * A question: the variant, which is one version for ever, and its features to the bit, two bytes to a character. Zeros are
 * one zero, and missing values one. Null where it is too large.
 */
export function questionOf(variantId: string, features: Float64Array): string | null {
  if (features.length > keyValues) return null;
  // Adding 0 makes of −0 the other zero; a NaN that is written is the one.
  const canonical = Float64Array.from(features, (value) => (Number.isNaN(value) ? Number.NaN : value + 0));
  const units = new Uint16Array(canonical.buffer);
  return `${variantId}\n${String.fromCharCode(...units)}`;
}
