import type { Platform } from './sandbox.ts';
import { historyDays, historyStartMs, reading, seeded, type Reading } from './readings.ts';

const dayMs = 86_400_000;
const perDay = 100;
const lanes = 4;

/**
 * Callers of the tiny project: they ask for a reading, then tell what became of it, in the stream's own time. What
 * fails is kept, never thrown: the tests say what may fail.
 */
export class Traffic {
  readonly bySource: Record<string, number> = {};
  readonly failures: unknown[] = [];
  answered = 0;
  /** Ids of decisions whose outcomes were acknowledged. */
  readonly recorded: string[] = [];
  /** Added to every load: the machines run hotter. */
  shift = 0;
  readonly #platform: Platform;
  readonly #random: () => number;
  readonly #tells: boolean;
  #row = 0;
  #ending = false;
  #running: Promise<unknown> | undefined;

  constructor(platform: Platform, options: { seed: number; tells: boolean }) {
    this.#platform = platform;
    this.#random = seeded(options.seed);
    this.#tells = options.tells;
  }

  /** Asks until it is told to stop. */
  start(): void {
    this.#ending = false;
    this.#running = Promise.all(Array.from({ length: lanes }, () => this.#lane()));
  }

  async stop(): Promise<void> {
    this.#ending = true;
    await this.#running;
  }

  /** Answers so many more requests, then rests. */
  async ask(count: number): Promise<void> {
    for (let i = 0; i < count; i += lanes)
      await Promise.all(Array.from({ length: Math.min(lanes, count - i) }, () => this.#one()));
  }

  async #lane(): Promise<void> {
    while (!this.#ending) await this.#one();
  }

  async #one(): Promise<void> {
    const atMs = historyStartMs + historyDays * dayMs + (this.#row++ * dayMs) / perDay;
    const { at, line, load, ...outcome } = reading(atMs, this.#random, this.shift);
    let decisionId: string;
    try {
      const { metadata } = await this.#platform.inference.predict('stops', { at, line, load });
      this.answered++;
      this.bySource[metadata.source] = (this.bySource[metadata.source] ?? 0) + 1;
      decisionId = metadata.request_id;
    } catch (error) {
      this.failures.push(error);
      return;
    }
    if (!this.#tells) return;
    try {
      await this.#tell(decisionId, { at, line, load, ...outcome });
      this.recorded.push(decisionId);
    } catch (error) {
      this.failures.push(error);
    }
  }

  async #tell(decisionId: string, values: Reading): Promise<void> {
    const eventTimeMs = Date.parse(values.known_at);
    await this.#platform.inference.recordOutcomes('stops', [{ decisionId, eventTimeMs, values: { ...values } }]);
  }
}
