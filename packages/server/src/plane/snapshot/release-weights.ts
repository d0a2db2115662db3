import type { Dial } from '@mulle/contract';
import type { CompiledRelease, GroupWeights } from '@mulle/decision';

/**
 * The dials that hold weights of releases, by release.
 *
 * A dial is current from its arrival, and again with each heartbeat that names no newer epoch than was seen. One that
 * was not confirmed for longer than its `staleAfterMs` (0: never) gives way to its `safe` weights; a release without a
 * dial uses its compiled `safe` weights. Within a connection an older epoch never replaces a newer one; a new
 * connection begins with all dials, whatever their epochs: control is the authority, also when restored from a backup.
 */
export class ReleaseWeights {
  #dials = new Map<string, Dial>();
  #confirmedAtMs = 0;
  #epoch = 0;
  #isFresh = true;

  /** The highest epoch seen. */
  get epoch(): number {
    return this.#epoch;
  }

  list(): Dial[] {
    return [...this.#dials.values()];
  }

  /** Before the first line of a new connection. */
  beginConnection(): void {
    this.#epoch = 0;
    this.#isFresh = true;
  }

  /** Takes a dial; false when it is older than what is there. `confirmedAtMs`: when control was known to mean it. */
  accept(dial: Dial, confirmedAtMs: number): boolean {
    const known = this.#dials.get(dial.subject);
    if (known !== undefined && dial.epoch < known.epoch && known.epoch <= this.#epoch) return false;
    this.#dials.set(dial.subject, dial);
    this.#epoch = Math.max(this.#epoch, dial.epoch);
    this.#confirmedAtMs = Math.max(this.#confirmedAtMs, confirmedAtMs);
    return true;
  }

  /** A heartbeat: false when it tells of dials that never came, and the connection should begin anew. */
  confirm(epoch: number, atMs: number): boolean {
    // The first heartbeat of a connection follows all dials: a higher epoch was that of a release that is no more.
    if (epoch > this.#epoch && !this.#isFresh) return false;
    this.#isFresh = false;
    this.#epoch = Math.max(this.#epoch, epoch);
    this.#confirmedAtMs = atMs;
    return true;
  }

  weights(releaseId: string, release: Pick<CompiledRelease, 'safe'>, nowMs: number): GroupWeights {
    const dial = this.#dials.get(releaseId);
    if (dial === undefined) return release.safe;
    return dial.staleAfterMs > 0 && nowMs - this.#confirmedAtMs > dial.staleAfterMs ? dial.safe : dial.value;
  }

  /** What the arms of a contextual bandit have learned, as its dial says. */
  model(releaseId: string): Dial['model'] {
    return this.#dials.get(releaseId)?.model;
  }

  /** Forgets the dials of releases that are no more. */
  retain(releaseIds: ReadonlySet<string>): void {
    for (const subject of this.#dials.keys()) if (!releaseIds.has(subject)) this.#dials.delete(subject);
  }
}
