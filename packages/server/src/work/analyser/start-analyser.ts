/**
 * The analyser, a part of work's own process: reads decisions and outcomes as they are written, and tells control what
 * they come to.
 *
 * Seven things go on side by side on one thread, each in turns of its own:
 *   refresh   running releases and the manifest are read again
 *   tail      journals → fold → checkpoint
 *   conclude  what running releases come to → control
 *   tell      closed windows with their findings, watermarks, and which rules fired how often, and KPIs → control
 * Evidence is judged within poll + conclude, well below a second while control answers.
 *
 * Without control, folding goes on until something is needed that only control knows (the manifest at the start, a
 * release not seen before) or the outbox is full; then reading rests, for the journals keep everything. What could not
 * be told is told when control is back.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ApiError, createControlClient, type ControlClient } from '@mulle/client';
import type { Decision } from '@mulle/contract';
import { homeLayout, type RoleConfig } from '#config/index.ts';
import { monotonicMs, nowMs } from '#kernel/clock.ts';
import { openBlobStore, type BlobStore } from '#platform/blobs/index.ts';
import { lightFetch } from '#platform/http/index.ts';
import { JournalReader } from '#platform/events/index.ts';
import type { RunningChild } from '#platform/processes/index.ts';
import { isRefused } from '../refusal.ts';
import { problemLog, repeat } from '../repeat.ts';
import { Analysis } from './analysis.ts';
import { loadCheckpoint, saveCheckpoint } from './checkpoint.ts';
import { analysedTopics, decodeEvent, mergeByTime, type DecodedEvent } from './decoded-events.ts';
import type { ClosedWindow } from './monitors/monitor-window.ts';
import type { DueConclusion } from './release-analysis.ts';
import { TrainingReferences } from './training-references.ts';

const refreshEveryMs = 1_000;
const pollEveryMs = 100;
/** While nothing comes, polls grow apart to this. */
const idlePollMs = 250;
const concludeEveryMs = 500;
const tellEveryMs = 100;
const watermarksEveryMs = 1_000;
const ruleHitsEveryMs = 1_000;
const kpisEveryMs = 2_000;
const batchEvents = 4_000;
const outboxWindows = 1_000;
const windowsPerCall = 50;
const callTimeoutMs = 10_000;
/** Without a window to tell a checkpoint is written this often; it bounds what is folded again after a crash. */
const checkpointEveryMs = 5_000;
/** Checkpoints take at most one part in so many of the time. */
const checkpointShare = 20;

export async function startAnalyser(role: RoleConfig): Promise<RunningChild> {
  const analyser = new Analyser(role);
  analyser.start();
  return { stop: () => analyser.stop() };
}

class Analyser {
  readonly #control: ControlClient;
  readonly #reader: JournalReader;
  readonly #analysis: Analysis;
  readonly #references: TrainingReferences;
  readonly #checkpointPath: string;
  readonly #stopping = new AbortController();
  readonly #onProblem = problemLog('analyser');
  #turns: Promise<void>[] = [];
  #manifestVersion: number | null | undefined;
  #idlePolls = 0;
  #savedAtMs = -Infinity;
  #saveTookMs = 0;
  /** Something was folded that no checkpoint holds. */
  #unsaved = false;
  #evictedBefore: number;

  constructor(role: RoleConfig) {
    const layout = homeLayout(role.config.home);
    mkdirSync(layout.journal, { recursive: true });
    const { internalToken } = role.config;
    this.#control = createControlClient({
      url: role.controlUrl,
      key: internalToken,
      tries: 1,
      timeoutMs: callTimeoutMs,
      fetch: lightFetch,
    });
    this.#reader = new JournalReader({ dir: layout.journal, onProblem: this.#onProblem });
    let blobs: Promise<BlobStore> | undefined;
    const { blobBytes: maximumBytes } = role.config.limits;
    this.#references = new TrainingReferences({
      control: this.#control,
      blobs: () => (blobs ??= openBlobStore(layout.blobs, { maximumBytes })),
      onProblem: this.#onProblem,
    });
    this.#checkpointPath = join(layout.analyser, 'checkpoint.json');
    this.#analysis = new Analysis(loadCheckpoint(this.#checkpointPath, this.#onProblem));
    this.#evictedBefore = this.#analysis.join.evicted;
  }

  start(): void {
    const { signal } = this.#stopping;
    const turn = (doing: string, everyMs: number, work: () => Promise<number | void>): Promise<void> =>
      repeat({ signal, everyMs, work, onProblem: (reason) => this.#onProblem(`${doing} failed: ${reason}`) });
    this.#turns = [
      turn('Reading releases and manifest', refreshEveryMs, () => this.#refresh()),
      turn('Reading journals', pollEveryMs, () => this.#tail()),
      turn('Judging releases', concludeEveryMs, () => this.#conclude()),
      turn('Telling windows', tellEveryMs, () => this.#tellWindows()),
      turn('Telling watermarks', watermarksEveryMs, () => this.#tellWatermarks()),
      turn('Telling which rules fired', ruleHitsEveryMs, () => this.#tellRuleHits()),
      turn('Telling KPIs', kpisEveryMs, () => this.#tellKpis()),
    ];
  }

  /** What is folded is kept; what is not yet told is told after the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#turns);
    if (this.#unsaved) this.#save();
    await this.#reader.close();
  }

  async #refresh(): Promise<void> {
    const { signal } = this.#stopping;
    const { releases } = await this.#control.call('listLiveReleases', {}, { signal });
    this.#analysis.releases.setLive(releases);
    const { applied } = await this.#control.call('currentManifest', {}, { signal });
    const version = applied?.version ?? null;
    if (version === this.#manifestVersion) return;
    this.#analysis.monitors.define(applied?.manifest ?? null);
    this.#analysis.kpis.define(applied?.manifest ?? null);
    this.#manifestVersion = version;
  }

  async #tail(): Promise<number> {
    if (this.#manifestVersion === undefined || this.#analysis.waiting >= outboxWindows) {
      this.#saveWhenDue();
      return pollEveryMs;
    }
    const read = await this.#reader.pollAll(this.#analysis.positions, analysedTopics, batchEvents);
    const events = mergeByTime(read.events).flatMap((event): DecodedEvent[] => {
      const decoded = decodeEvent(event);
      if (decoded === null) {
        this.#onProblem(`Events of ${event.writer} on ${event.topic} are not what the topic holds; passed over.`);
      }
      return decoded ? [decoded] : [];
    });
    const decisions = events.flatMap((event) => (event.kind === 'decision' ? [event.decision] : []));
    await this.#learnReleases(decisions);
    const watched = decisions.filter(({ endpoint }) => this.#analysis.monitors.watchesDrift(endpoint));
    await this.#references.learn(watched, this.#stopping.signal);
    this.#analysis.fold(events, read.positions, (variant) => this.#references.of(variant));
    if (events.length > 0) this.#unsaved = true;
    this.#saveWhenDue();
    this.#reportEvictions();
    if (read.events.length >= batchEvents / 2) return 0;
    this.#idlePolls = read.events.length > 0 ? 0 : this.#idlePolls + 1;
    return Math.min(idlePollMs, pollEveryMs + this.#idlePolls);
  }

  /** Asks control about releases not seen before: nothing of a release is missed, however young it is. */
  async #learnReleases(decisions: readonly Decision[]): Promise<void> {
    const { releases } = this.#analysis;
    for (const id of releases.unknown(decisions)) {
      try {
        releases.update(await this.#control.call('getRelease', { params: { id } }, { signal: this.#stopping.signal }));
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== 'not_found') throw error;
        releases.forget(id);
      }
    }
  }

  async #conclude(): Promise<void> {
    for (const due of this.#analysis.releases.conclude(nowMs())) {
      try {
        await this.#tellConclusion(due);
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        this.#analysis.releases.retell(due.release.id);
        const reason = error instanceof Error ? error.message : String(error);
        this.#onProblem(`Telling what release ${due.release.id} came to failed: ${reason}`);
      }
    }
  }

  async #tellConclusion({ release, ...conclusion }: DueConclusion): Promise<void> {
    const { signal } = this.#stopping;
    const input = { params: { id: release.id }, body: { step: release.step, ...conclusion } };
    try {
      this.#analysis.releases.update(await this.#control.call('concludeRelease', input, { signal }));
    } catch (error) {
      if (!(error instanceof ApiError) || !movedOn.has(error.code)) throw error;
      await this.#refresh();
    }
  }

  async #tellWindows(): Promise<void> {
    for (;;) {
      const closed = this.#analysis.tellable(windowsPerCall);
      if (closed.length === 0) return;
      await this.#tell(closed);
      this.#analysis.markTold(closed.length);
      this.#unsaved = true;
    }
  }

  /** What control refuses (the monitor is gone, say) is given up, window by window, so that it holds up no other. */
  async #tell(closed: readonly ClosedWindow[]): Promise<void> {
    const body = { windows: closed.map(({ window }) => window), findings: closed.flatMap(({ findings }) => findings) };
    try {
      await this.#control.call('recordMonitorWindows', { body }, { signal: this.#stopping.signal });
    } catch (error) {
      if (!isRefused(error)) throw error;
      if (closed.length > 1) for (const one of closed) await this.#tell([one]);
      else this.#onProblem(`Control refused a window of ${closed[0]?.window.monitor}, given up: ${error.message}`);
    }
  }

  async #tellWatermarks(): Promise<void> {
    for (const [endpoint, eventTimeMs] of this.#analysis.watermarks.untold()) {
      try {
        await this.#control.call(
          'advanceWatermark',
          { body: { endpoint, eventTimeMs } },
          { signal: this.#stopping.signal },
        );
      } catch (error) {
        // An endpoint that is gone has no triggers.
        if (!(error instanceof ApiError) || error.code !== 'not_found') throw error;
      }
      this.#analysis.watermarks.markTold(endpoint, eventTimeMs);
    }
  }

  async #tellRuleHits(): Promise<void> {
    const hits = this.#analysis.rules.takeUntold();
    if (hits.length === 0) return;
    try {
      await this.#control.call('recordRuleHits', { body: { hits } }, { signal: this.#stopping.signal });
    } catch (error) {
      this.#analysis.rules.putBack(hits);
      throw error;
    }
  }

  async #tellKpis(): Promise<void> {
    const series = this.#analysis.kpis.takeUntold();
    if (series.length === 0) return;
    try {
      await this.#control.call('recordKpis', { body: { series } }, { signal: this.#stopping.signal });
    } catch (error) {
      this.#analysis.kpis.putBack(series);
      throw error;
    }
  }

  #saveWhenDue(): void {
    const sinceMs = monotonicMs() - this.#savedAtMs;
    const soon = this.#analysis.undurable > 0 && sinceMs >= this.#saveTookMs * checkpointShare;
    if (soon || (this.#unsaved && sinceMs >= checkpointEveryMs)) this.#save();
  }

  #save(): void {
    const startedAtMs = monotonicMs();
    try {
      saveCheckpoint(this.#checkpointPath, this.#analysis.snapshot());
      this.#analysis.markDurable();
      this.#unsaved = false;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#onProblem(`The checkpoint could not be written, so windows are told later: ${reason}`);
    }
    this.#savedAtMs = monotonicMs();
    this.#saveTookMs = this.#savedAtMs - startedAtMs;
  }

  #reportEvictions(): void {
    const { evicted } = this.#analysis.join;
    if (evicted === this.#evictedBefore) return;
    this.#evictedBefore = evicted;
    this.#onProblem('Decisions left the waiting room before their outcome came; their outcomes will not count.');
  }
}

const movedOn: ReadonlySet<string> = new Set(['invalid_state', 'conflict', 'not_found']);
