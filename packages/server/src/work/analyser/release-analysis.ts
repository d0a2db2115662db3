/**
 * Folds what the groups of each running release did and says what it comes to.
 *
 * A release is `live` while control lists it as running. One that is paused keeps its state and goes on folding, for
 * its shares stay; it is judged again when it is resumed. One that ended is remembered by its id, so that decisions
 * which still come are passed over without asking control each time.
 *
 * The state is one for all steps of a release: the canary keeps the shares apart itself, and its last steps rest on
 * what the first ones saw. Nothing here restarts with a step; only the release that is judged is read anew.
 */
import type { Decision, Release, ShadowAnswer } from '@mulle/contract';
import {
  decisionEvent,
  outcomeEvent,
  shadowEvent,
  strategyModule,
  type ReleaseConclusion,
  type ReleaseEvent,
  type ReleaseFold,
  type Wanted,
} from '@mulle/decision';
import type { Labelled } from './decision-join.ts';

interface Tracked {
  release: Release;
  fold: ReleaseFold;
  live: boolean;
  /** When readings were last told, and of which step. */
  toldAtMs: number;
  toldStep: number;
  /** JSON of the allocation that was told last. */
  toldAllocation: string;
}

/** Plain JSON. */
export type ReleaseSnapshot = { release: Release; fold: ReleaseFold }[];

export interface DueConclusion extends ReleaseConclusion {
  readonly release: Release;
}

/** Releases kept that are not live: those paused, or not yet known to have ended. */
const keptIdle = 32;
const keptEnded = 1_000;
/** Readings without a conclusion are told this often, for whoever watches; what was learned reaches data as often. */
const readingsEveryMs = 2_000;
const allocationsEveryMs = 1_000;

const wantedBy = ({ strategy }: Release): Wanted => strategyModule(strategy.kind).wanted(strategy);

function fold(tracked: Tracked, event: ReleaseEvent): void {
  const { strategy } = tracked.release;
  tracked.fold = strategyModule(strategy.kind).fold(strategy, tracked.fold, event);
}

const nothing: Wanted = { outcomes: [], fields: [] };

export class ReleaseAnalysis {
  readonly #tracked = new Map<string, Tracked>();
  readonly #ended = new Set<string>();

  constructor(snapshot: ReleaseSnapshot = []) {
    for (const { release, fold } of snapshot) this.#track(release, fold, false);
  }

  /** What control says is running now. */
  setLive(releases: readonly Release[]): void {
    const live = new Set(releases.map(({ id }) => id));
    for (const tracked of this.#tracked.values()) tracked.live &&= live.has(tracked.release.id);
    for (const release of releases) this.update(release);
    let idle = [...this.#tracked.values()].filter((tracked) => !tracked.live).length;
    for (const [id, tracked] of this.#tracked) {
      if (idle <= keptIdle) break;
      if (tracked.live) continue;
      this.#tracked.delete(id);
      idle -= 1;
    }
  }

  /** A release as control knows it now; one that neither runs nor is paused is let go. */
  update(release: Release): void {
    const live = release.state === 'running';
    if (!live && release.state !== 'paused') return this.forget(release.id);
    const tracked = this.#tracked.get(release.id);
    // Two answers of control may cross on their way: the later word holds.
    if (tracked && tracked.release.updatedAtMs > release.updatedAtMs) return;
    if (tracked) Object.assign(tracked, { release, live });
    else this.#track(release, strategyModule(release.strategy.kind).initial(release.strategy), live);
  }

  forget(id: string): void {
    this.#tracked.delete(id);
    this.#ended.add(id);
    if (this.#ended.size <= keptEnded) return;
    for (const oldest of this.#ended) {
      this.#ended.delete(oldest);
      return;
    }
  }

  /** Releases of these decisions that control has to be asked about before they can be folded. */
  unknown(decisions: readonly Decision[]): string[] {
    const ids = new Set<string>();
    for (const { releaseId, pinned } of decisions) {
      if (releaseId !== null && !pinned && !this.#tracked.has(releaseId) && !this.#ended.has(releaseId)) {
        ids.add(releaseId);
      }
    }
    return [...ids];
  }

  /** What this decision's release wants to know of it and of what becomes of it. */
  wantedOf({ releaseId }: Decision): Wanted {
    const tracked = releaseId === null ? undefined : this.#tracked.get(releaseId);
    return tracked ? wantedBy(tracked.release) : nothing;
  }

  foldDecision(decision: Decision): void {
    const tracked = decision.releaseId === null ? undefined : this.#tracked.get(decision.releaseId);
    const event = tracked && decisionEvent(decision, wantedBy(tracked.release).fields);
    if (tracked && event) fold(tracked, event);
  }

  foldLabel({ decision, label, value }: Labelled): void {
    const tracked = decision.releaseId === null ? undefined : this.#tracked.get(decision.releaseId);
    if (!tracked || !wantedBy(tracked.release).outcomes.includes(label)) return;
    const event = outcomeEvent(decision, { [label]: value });
    if (event) fold(tracked, event);
  }

  /** What a challenger in the shadow answered; its decision, which came before, made the release known. */
  foldShadow(answer: ShadowAnswer): void {
    const tracked = this.#tracked.get(answer.releaseId);
    if (!tracked) return;
    const { strategy } = tracked.release;
    tracked.fold = strategyModule(strategy.kind).foldShadow(strategy, tracked.fold, shadowEvent(answer));
  }

  /** What is to be told control now: every conclusion but `continue`, and that one from time to time. */
  conclude(nowMs: number): DueConclusion[] {
    const due: DueConclusion[] = [];
    for (const tracked of this.#tracked.values()) {
      if (!tracked.live) continue;
      const { release } = tracked;
      const { allocation, ...conclusion } = strategyModule(release.strategy.kind).conclude(
        release,
        tracked.fold,
        nowMs,
      );
      const learned = allocation === undefined ? '' : JSON.stringify(allocation);
      const isNew = learned !== tracked.toldAllocation || tracked.toldStep !== release.step;
      const told =
        tracked.toldStep === release.step && nowMs - tracked.toldAtMs < (isNew ? allocationsEveryMs : readingsEveryMs);
      if (conclusion.conclusion === 'continue' && told) continue;
      Object.assign(tracked, { toldAtMs: nowMs, toldStep: release.step, toldAllocation: learned });
      due.push({ release, ...conclusion, ...(allocation !== undefined && isNew ? { allocation } : {}) });
    }
    return due;
  }

  /** What was to be told of a release could not be: it is told anew. */
  retell(id: string): void {
    const tracked = this.#tracked.get(id);
    if (tracked) tracked.toldAllocation = '';
  }

  snapshot(): ReleaseSnapshot {
    return [...this.#tracked.values()].map(({ release, fold }) => ({ release, fold }));
  }

  #track(release: Release, fold: ReleaseFold, live: boolean): void {
    this.#ended.delete(release.id);
    this.#tracked.set(release.id, { release, fold, live, toldAtMs: -Infinity, toldStep: -1, toldAllocation: '' });
  }
}
