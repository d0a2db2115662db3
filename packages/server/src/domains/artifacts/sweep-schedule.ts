import type { Actor } from '#domains/access/index.ts';
import type { BlobSweep } from './blob-sweep.ts';

const actor: Actor = { name: 'blob-sweep', role: 'internal' };
const hourMs = 3_600_000;

/** Sweeps every so many hours; with 0 never. A sweep that fails is told, and the next one is made all the same. */
export class SweepSchedule {
  readonly #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(sweep: BlobSweep, everyHours: number, onProblem: (thrown: unknown) => void) {
    if (everyHours === 0) return;
    this.#timer = setInterval(() => {
      this.#running = this.#running.then(() => sweep.sweep(actor, {}).then(() => undefined, onProblem));
    }, everyHours * hourMs);
    this.#timer.unref();
  }

  /** Waits for a sweep under way. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }
}
