const dayMs = 86_400_000;

/**
 * How far event time has come on each endpoint: the latest time of its outcomes. An outcome cannot be known before it
 * is recorded, so times more than a day ahead of the recording's own clock are left out: one wrong date would else
 * hold every later trigger.
 */
export class Watermarks {
  readonly #reached: Map<string, number>;
  readonly #told = new Map<string, number>();

  constructor(snapshot: readonly (readonly [string, number])[] = []) {
    this.#reached = new Map(snapshot);
  }

  observe(endpoint: string, eventTimeMs: number, recordedAtMs: number): void {
    if (eventTimeMs > recordedAtMs + dayMs) return;
    if (eventTimeMs > (this.#reached.get(endpoint) ?? -Infinity)) this.#reached.set(endpoint, eventTimeMs);
  }

  /** Endpoints whose watermark has moved since it was told. */
  untold(): [endpoint: string, eventTimeMs: number][] {
    return [...this.#reached].filter(([endpoint, reached]) => this.#told.get(endpoint) !== reached);
  }

  markTold(endpoint: string, eventTimeMs: number): void {
    this.#told.set(endpoint, eventTimeMs);
  }

  snapshot(): [string, number][] {
    return [...this.#reached];
  }
}
