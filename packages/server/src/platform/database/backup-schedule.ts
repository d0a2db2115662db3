import { nowMs } from '#kernel/clock.ts';
import { backUp, listBackups, type BackupTerms } from './backups.ts';

const firstLookMs = 60_000;
const lookEveryMs = 3_600_000;

/** Makes a backup whenever one is due: looks soon after the start, every hour, and at the end. */
export class BackupSchedule {
  readonly #database: string;
  readonly #terms: BackupTerms;
  readonly #onProblem: (thrown: unknown) => void;
  readonly #timers: readonly NodeJS.Timeout[];
  #running: Promise<void> | undefined;
  #changed = false;

  constructor(database: string, terms: BackupTerms, onProblem: (thrown: unknown) => void) {
    this.#database = database;
    this.#terms = terms;
    this.#onProblem = onProblem;
    const look = (): void => void this.look();
    this.#timers = [setTimeout(look, firstLookMs), setInterval(look, lookEveryMs)];
    for (const timer of this.#timers) timer.unref();
  }

  /** Something was committed. */
  noteChange(): void {
    this.#changed = true;
  }

  /** Backs up where that is due; what goes wrong is told, and tried again at the next look. */
  look(): Promise<void> {
    this.#running ??= this.#look().finally(() => (this.#running = undefined));
    return this.#running;
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    await this.look();
  }

  async #look(): Promise<void> {
    const { folder, everyMs } = this.#terms;
    const newestMs = listBackups(folder)[0]?.atMs ?? -Infinity;
    if (!this.#changed || nowMs() - newestMs < everyMs) return;
    try {
      await backUp(this.#database, this.#terms);
      this.#changed = false;
    } catch (thrown) {
      this.#onProblem(thrown);
    }
  }
}
