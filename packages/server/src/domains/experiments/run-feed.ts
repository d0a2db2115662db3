/**
 * What happens to runs, as it happens, for whoever watches. Control alone writes runs, so this memory of it sees all:
 * the last changes are kept for watchers that come back. One that was away for longer, or over a restart, is told that it
 * missed some, and reads again.
 */
import { newId } from '#kernel/ids.ts';
import type { MetricPoint } from './metric-store.ts';

interface Change {
  readonly sequence: number;
  readonly runId: string;
  /** Points that were logged; none where something else changed. */
  readonly points: readonly MetricPoint[];
}

/** `missed`: changes were forgotten before they could be told. */
export type RunNews = { readonly id: string } & (
  | { readonly kind: 'changed' | 'missed' }
  | { readonly kind: 'points'; readonly points: readonly MetricPoint[] }
);

export class RunFeed {
  readonly #keptPoints: number;
  readonly #epoch = newId();
  readonly #changes: Change[] = [];
  readonly #watchers = new Set<() => void>();
  #points = 0;
  #last = 0;

  constructor(keptPoints = 50_000) {
    this.#keptPoints = keptPoints;
  }

  /** Tells of a change once it is committed. */
  publish(runId: string, points: readonly MetricPoint[]): void {
    this.#changes.push({ sequence: ++this.#last, runId, points });
    // A change costs memory even where it has no points.
    this.#points += points.length + 1;
    while (this.#points > this.#keptPoints && this.#changes.length > 1) {
      this.#points -= (this.#changes.shift()?.points.length ?? 0) + 1;
    }
    for (const watcher of this.#watchers) watcher();
  }

  /** Where the feed stands: the id of the last change. */
  get position(): string {
    return this.#id(this.#last);
  }

  /** Changes of a run after the one of this id, then each as it comes, until the signal aborts. */
  async *follow(runId: string, afterId: string, signal: AbortSignal): AsyncGenerator<RunNews> {
    let after = this.#sequenceOf(afterId) ?? -1;
    while (!signal.aborted) {
      const oldest = this.#changes[0]?.sequence ?? this.#last + 1;
      if (after < oldest - 1) {
        after = this.#last;
        yield { kind: 'missed', id: this.position };
        continue;
      }
      const next = this.#nextChange(signal);
      const news = this.#changes.slice(after - oldest + 1).filter((change) => change.runId === runId);
      after = this.#last;
      const points = news.flatMap((change) => change.points);
      if (points.length > 0) yield { kind: 'points', points, id: this.#id(after) };
      if (news.some((change) => change.points.length === 0)) yield { kind: 'changed', id: this.#id(after) };
      if (after === this.#last) await next;
    }
  }

  #id(sequence: number): string {
    return `${this.#epoch}-${sequence}`;
  }

  /** Undefined for an id of another epoch, or of none. */
  #sequenceOf(id: string): number | undefined {
    const at = id.lastIndexOf('-');
    const sequence = Number(id.slice(at + 1));
    return id.slice(0, at) === this.#epoch && Number.isSafeInteger(sequence) ? sequence : undefined;
  }

  #nextChange(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#watchers.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#watchers.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }
}
