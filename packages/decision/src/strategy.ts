/**
 * What a release strategy is: one module of the same five functions for every kind.
 *
 *   compile   release → groups and their weights. Control publishes the weights as a dial; data compiles the release
 *             of its snapshot and uses `safe` until a fresh dial says otherwise.
 *   choose    groups, weights and a unit's place in [0, 1) → the group that answers, with its propensity.
 *   initial   the empty state.
 *   fold      state and one event → state. The state is plain JSON. `fold` may change the state it is given and
 *             return it: keep a copy by serialising it. Folding an event twice counts it twice; events are made
 *             once by the caller, who commits the state together with the offsets it has read to.
 *   conclude  release, state and time → what to do, with the readings that say why.
 *
 * Nothing here reads a clock or draws a number; the same inputs always give the same outputs, in data, work, an SDK
 * or a replay. A strategy to come keeps the shape: A/B has fixed weights and concludes on a KPI; a bandit folds
 * rewards and compiles its weights from what control last published; shadow and interleaving choose one group as
 * these do and name further variants beside it in an optional member of `Choice`.
 */
import type { GateReading, LocalisedText, Release, Strategy } from '@mulle/contract';
import type { ReleaseEvent } from './release-events.ts';
import type { CanaryState } from './strategies/canary-state.ts';

export interface Group {
  readonly name: string;
  /** `variantId` of the contract. */
  readonly variantId: string;
}

/** Share of the traffic by group's name: the value of a `release-weights` dial. */
export type GroupWeights = Readonly<Record<string, number>>;

export interface CompiledRelease {
  readonly groups: readonly Group[];
  readonly weights: GroupWeights;
  /** The weights that hold when nobody has said anything newer. */
  readonly safe: GroupWeights;
}

export interface Choice {
  readonly group: string;
  readonly variantId: string;
  /** Probability with which this group is chosen at these weights. */
  readonly propensity: number;
}

/**
 * `continue`: nothing yet. `advance`: to the next step. `promote`: all traffic to the challenger. `rollback`: all
 * traffic to the incumbent. `inconclusive`: time is up without a conclusion; the policy says what then.
 */
export type Conclusion = 'continue' | 'advance' | 'promote' | 'rollback' | 'inconclusive';

export interface ReleaseConclusion {
  readonly conclusion: Conclusion;
  readonly readings: GateReading[];
  readonly reason: LocalisedText;
}

/** What compiling needs of a release. Data has only the strategy: then weights are those of the first step. */
export type CompilableRelease = Pick<Release, 'strategy'> & Partial<Pick<Release, 'state' | 'step'>>;

/** What concluding needs of a release. */
export type ConcludableRelease = Pick<Release, 'strategy' | 'state' | 'step' | 'stepStartedAtMs'>;

export interface SingleState {
  readonly kind: 'single';
}

export type ReleaseFold = SingleState | CanaryState;

type StrategyOf<Kind extends Strategy['kind']> = Extract<Strategy, { kind: Kind }>;
type FoldOf<Kind extends Strategy['kind']> = Extract<ReleaseFold, { kind: Kind }>;

/** A strategy as its own module writes it, for its own kind of strategy and state. */
export interface StrategyDefinition<Kind extends Strategy['kind']> {
  readonly kind: Kind;
  compile(strategy: StrategyOf<Kind>, release: CompilableRelease): CompiledRelease;
  initial(): FoldOf<Kind>;
  fold(state: FoldOf<Kind>, event: ReleaseEvent): FoldOf<Kind>;
  conclude(
    strategy: StrategyOf<Kind>,
    release: ConcludableRelease,
    state: FoldOf<Kind>,
    nowMs: number,
  ): ReleaseConclusion;
}

/** A strategy as everyone else calls it, whatever its kind. Throws TypeError on a release or state of another kind. */
export interface StrategyModule {
  readonly kind: Strategy['kind'];
  compile(release: CompilableRelease): CompiledRelease;
  choose(groups: readonly Group[], weights: GroupWeights, unitHash: number): Choice;
  initial(): ReleaseFold;
  fold(state: ReleaseFold, event: ReleaseEvent): ReleaseFold;
  conclude(release: ConcludableRelease, state: ReleaseFold, nowMs: number): ReleaseConclusion;
}
