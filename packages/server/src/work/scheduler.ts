/**
 * Fires cron triggers when they are due, in their time zone.
 *
 * What was missed while the platform was down, or while control did not answer, is fired once, for its latest due time.
 * Control starts nothing twice for one due time, so a firing whose answer was lost is simply repeated.
 */
import { Cron } from 'croner';
import type { ControlClient } from '@mulle/client';
import type { TriggerDefinition } from '@mulle/contract';
import { nowMs } from '#kernel/clock.ts';
import { isRefused } from './refusal.ts';
import { repeat } from './repeat.ts';

export interface SchedulerOptions {
  control: ControlClient;
  onProblem: (message: string) => void;
}

export interface Scheduler {
  stop(): Promise<void>;
}

type CronSchedule = Extract<TriggerDefinition['on'], { kind: 'cron' }>;

interface Scheduled {
  /** Null where the expression or the time zone is none. */
  cron: Cron | null;
  schedule: CronSchedule;
  nextDueMs: number;
}

const turnEveryMs = 500;
const readEveryMs = 5_000;

const sameSchedule = (a: CronSchedule, b: CronSchedule): boolean => a.cron === b.cron && a.timeZone === b.timeZone;

const cronOf = ({ cron, timeZone }: CronSchedule): Cron =>
  new Cron(cron, { paused: true, ...(timeZone === undefined ? {} : { timezone: timeZone }) });

/** The first due time after `afterMs`; Infinity where there is none. */
export const nextDueMs = (cron: Cron, afterMs: number): number =>
  cron.nextRun(new Date(afterMs))?.getTime() ?? Infinity;

/** The last due time up to and with `atMs`; null where there is none. Schedules are in whole seconds. */
export function latestDueMs(cron: Cron, atMs: number): number | null {
  const secondAfterMs = (Math.floor(atMs / 1_000) + 1) * 1_000;
  return cron.previousRuns(1, new Date(secondAfterMs))[0]?.getTime() ?? null;
}

/** Begins at once; a scheduler that has no answer from control tries again. */
export function startScheduler(options: SchedulerOptions): Scheduler {
  const stopping = new AbortController();
  const schedules = new Schedules(options, stopping.signal);
  const turns = repeat({
    signal: stopping.signal,
    everyMs: turnEveryMs,
    onProblem: (reason) => options.onProblem(`Scheduling failed: ${reason}`),
    async work() {
      await schedules.readWhenDue();
      await schedules.fireDue();
    },
  });
  return {
    async stop() {
      stopping.abort();
      await turns;
    },
  };
}

class Schedules {
  readonly #options: SchedulerOptions;
  readonly #signal: AbortSignal;
  #scheduled = new Map<string, Scheduled>();
  #readAtMs = -Infinity;
  /** Undefined until read for the first time. */
  #manifestVersion: number | null | undefined;

  constructor(options: SchedulerOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
  }

  async readWhenDue(): Promise<void> {
    if (nowMs() - this.#readAtMs < readEveryMs) return;
    const { applied } = await this.#options.control.call('currentManifest', {}, { signal: this.#signal });
    const version = applied?.version ?? null;
    if (version !== this.#manifestVersion) {
      const first = this.#manifestVersion === undefined;
      const firings = first ? await this.#lastFirings() : new Map<string, number | null>();
      const scheduled = new Map<string, Scheduled>();
      for (const { name, on } of applied?.manifest.triggers ?? []) {
        if (on.kind !== 'cron') continue;
        const known = this.#scheduled.get(name);
        const sinceMs = first ? (firings.get(name) ?? applied?.createdAtMs ?? nowMs()) : nowMs();
        scheduled.set(name, known && sameSchedule(known.schedule, on) ? known : this.#schedule(name, on, sinceMs));
      }
      this.#scheduled = scheduled;
      this.#manifestVersion = version;
    }
    this.#readAtMs = nowMs();
  }

  async fireDue(): Promise<void> {
    const atMs = nowMs();
    for (const [name, entry] of this.#scheduled) {
      if (entry.cron === null || entry.nextDueMs > atMs) continue;
      const dueMs = latestDueMs(entry.cron, atMs) ?? entry.nextDueMs;
      try {
        await this.#options.control.call(
          'fireTrigger',
          { params: { name }, body: { dueMs } },
          { signal: this.#signal },
        );
      } catch (error) {
        // What control refuses now it would refuse again; without an answer the firing stays due.
        if (!isRefused(error)) throw error;
        this.#options.onProblem(`Trigger "${name}" was not fired: ${error.message}`);
      }
      entry.nextDueMs = nextDueMs(entry.cron, dueMs);
    }
  }

  /** When each trigger last fired: what was due since then was missed. */
  async #lastFirings(): Promise<Map<string, number | null>> {
    const firings = new Map<string, number | null>();
    let pageToken: string | undefined;
    do {
      const query = pageToken === undefined ? {} : { pageToken };
      const page = await this.#options.control.call('listTriggers', { query }, { signal: this.#signal });
      for (const { definition, lastFiredAtMs } of page.items) firings.set(definition.name, lastFiredAtMs);
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
    return firings;
  }

  #schedule(name: string, on: CronSchedule, sinceMs: number): Scheduled {
    try {
      const cron = cronOf(on);
      return { cron, schedule: on, nextDueMs: nextDueMs(cron, sinceMs) };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.onProblem(`Trigger "${name}" cannot be scheduled: ${reason}`);
      return { cron: null, schedule: on, nextDueMs: Infinity };
    }
  }
}
