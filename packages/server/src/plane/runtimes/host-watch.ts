/**
 * Says when a host is to be ended: it holds more memory than it may, was stopped, takes too long over a batch, or hangs.
 *
 * A host that computes cannot be asked how it is, so its processor time tells: with a batch in hand and next to none of
 * it used, it waits for something that does not come. Who waits for others on purpose declares a time for a batch, and
 * has that long.
 */
import { durationMs, type HostLimits } from '@mulle/contract';
import type { ProcessUsage } from './process-usage.ts';

const batchMs = 10_000;
const quietMs = 2_500;
/** Less of the time than this is nothing: threads that only wake to look. */
const quietShare = 0.05;
/** A model may read its bytes from slow disks. */
const quietLoadMs = 60_000;

/** What the host is about, and since when. */
export interface HostOccupation {
  readonly kind: 'loading' | 'batch' | 'idle';
  readonly sinceMs: number;
}

export class HostWatch {
  readonly #memoryBytes: number;
  readonly #batchMs: number;
  readonly #quietMs: number;
  #pid: number | null = null;
  #occupiedSinceMs = -1;
  #activeAtMs = 0;
  #seen: { cpuMs: number; atMs: number } | undefined;

  constructor({ memoryMb, batch }: HostLimits = {}) {
    this.#memoryBytes = memoryMb === undefined ? Infinity : memoryMb * 2 ** 20;
    this.#batchMs = batch === undefined ? batchMs : durationMs(batch);
    this.#quietMs = batch === undefined ? quietMs : this.#batchMs;
  }

  /** Why the process is to be ended, as a sentence; undefined while it is well. To be asked every second or so. */
  verdict(pid: number, usage: ProcessUsage, occupation: HostOccupation, atMs: number): string | undefined {
    const { kind, sinceMs } = occupation;
    this.#note(pid, usage.cpuMs, sinceMs, atMs);
    if (usage.residentBytes > this.#memoryBytes) {
      return `It holds ${megabytes(usage.residentBytes)} MB of memory and may hold ${megabytes(this.#memoryBytes)}.`;
    }
    if (kind === 'idle') return undefined;
    if (usage.isStopped) return 'It was stopped by a signal.';
    const quiet = atMs - this.#activeAtMs;
    if (kind === 'loading') return quiet > quietLoadMs ? `It hangs while loading, for ${seconds(quiet)}.` : undefined;
    if (atMs - sinceMs > this.#batchMs) return `It takes longer than ${seconds(this.#batchMs)} over a batch.`;
    return quiet > this.#quietMs
      ? `It hangs: a batch is in hand and nothing was computed for ${seconds(quiet)}.`
      : undefined;
  }

  /** When it last did something. */
  #note(pid: number, cpuMs: number, sinceMs: number, atMs: number): void {
    const before = this.#seen;
    this.#seen = { cpuMs, atMs };
    if (pid !== this.#pid || sinceMs !== this.#occupiedSinceMs) {
      this.#pid = pid;
      this.#occupiedSinceMs = sinceMs;
      this.#activeAtMs = sinceMs;
    } else if (before !== undefined && cpuMs - before.cpuMs > quietShare * (atMs - before.atMs))
      this.#activeAtMs = atMs;
  }
}

const megabytes = (bytes: number): number => Math.round(bytes / 2 ** 20);
const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`;
