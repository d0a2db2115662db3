interface StaleAnswer {
  score: number;
  version: string;
  atMs: number;
}

const answersKept = 10_000;

/** The last good answers of an endpoint by features, for its `stale` fallback: the 10,000 most recently given. */
export class StaleAnswers {
  readonly #answers = new Map<string, StaleAnswer>();

  put(features: Float64Array, row: number, width: number, answer: StaleAnswer): void {
    const key = keyOf(features, row, width);
    this.#answers.delete(key);
    this.#answers.set(key, answer);
    if (this.#answers.size <= answersKept) return;
    const oldest = this.#answers.keys().next();
    if (oldest.done !== true) this.#answers.delete(oldest.value);
  }

  /** The answer for these features when it is at most `maxAgeMs` old. */
  get(features: Float64Array, row: number, width: number, maxAgeMs: number, nowMs: number): StaleAnswer | undefined {
    const answer = this.#answers.get(keyOf(features, row, width));
    return answer !== undefined && nowMs - answer.atMs <= maxAgeMs ? answer : undefined;
  }
}

/** The row's bytes, two to a character: exact, and far cheaper than numbers as text. */
function keyOf(features: Float64Array, row: number, width: number): string {
  const units = new Uint16Array(features.buffer, features.byteOffset + row * width * 8, width * 4);
  return String.fromCharCode(...units);
}
