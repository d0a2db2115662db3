/**
 * What a release strategy is: one module of the same functions for every kind.
 *
 *   compile   release → groups and their weights. Control publishes the weights as a dial; data compiles the release
 *             of its snapshot and uses `safe` until a fresh dial says otherwise.
 *   choose    what was compiled, the weights that hold now, and a request → the group that answers, with its propensity.
 *   wanted    which outcome values and fields of a decision the strategy folds: nothing else need be kept for it.
 *   initial   the empty state.
 *   fold      state and one event → state. The state is plain JSON: sums, of a size that does not grow with the
 *             number of events. `fold` may change the state it is given and return it: keep a copy by serialising it.
 *             Folding an event twice counts it twice; events are made once by the caller, who commits the state
 *             together with the offsets it has read to.
 *   foldShadow  the same for what a challenger in the shadow answered; other strategies take no notice.
 *   conclude  release, state and time → what to do, with the readings that say why; of a strategy that learns also how
 *             the traffic is to be divided from now on, which control publishes as the dial.
 *
 * Nothing here reads a clock or draws a number: chance comes from the hash of the unit or of the request's id, under
 * the release's id. The same inputs always give the same outputs, in data, work, an SDK or a replay.
 */
import type { Allocation, Conclusion, GateReading, LocalisedText, Release, Strategy } from '@mulle/contract';
import type { ReleaseEvent, ShadowEvent, Wanted } from './release-events.ts';
import type { AbTestState } from './strategies/ab-test-state.ts';
import type { BanditState } from './strategies/bandit-state.ts';
import type { BlueGreenState } from './strategies/blue-green-state.ts';
import type { CanaryState } from './strategies/canary-state.ts';
import type { ContextualBanditState } from './strategies/contextual-bandit-state.ts';
import type { InterleavingState } from './strategies/interleaving-state.ts';
import type { ShadowState } from './strategies/shadow-state.ts';
import type { StagedState } from './strategies/staged-state.ts';

export interface Group {
  readonly name: string;
  /** `variantId` of the contract. */
  readonly variantId: string;
}

/** Share of the traffic by group's name: the value of a `release-weights` dial. */
export type GroupWeights = Readonly<Record<string, number>>;

export interface CompiledRelease {
  readonly strategy: Strategy;
  readonly groups: readonly Group[];
  readonly weights: GroupWeights;
  /** The weights that hold when nobody has said anything newer. */
  readonly safe: GroupWeights;
  /** Places [from, to) of the units of each group, where they are fixed for the whole release. */
  readonly ranges?: readonly (readonly [number, number])[];
  /** True where the shares of the unit's place alone do not say the arm: no device can compute it. */
  readonly onServerOnly?: boolean;
  /** Of a sequence: its stages, each with groups and weights of its own. */
  readonly stages?: readonly CompiledRelease[];
  /** A variant whose ranking is merged into that of the first group. */
  readonly interleaving?: InterleavingPlan;
  /** A variant that is asked behind the answers of a group. */
  readonly shadow?: ShadowCopies;
}

/** With whom a ranking is interleaved, and how. */
export interface InterleavingPlan {
  readonly variantId: string;
  readonly method: 'team-draft' | 'probabilistic';
  /** Places that are interleaved. */
  readonly length: number;
}

/** Which requests are copied to a variant in the shadow, and how its answers are compared. */
export interface ShadowCopies {
  /** The group whose requests are copied. */
  readonly group: string;
  readonly variantId: string;
  /** Share of them. */
  readonly sample: number;
  /** Largest difference of answers that agree. */
  readonly tolerance: number;
  /** Inputs or features that are kept with each comparison. */
  readonly fields: readonly string[];
}

/** What choosing needs of a request. */
export interface ChoiceRequest {
  /** The release's id: the salt of every hash, so that releases are independent of each other. */
  readonly releaseId: string;
  readonly unit: string;
  readonly requestId: string;
  /** The group that the caller asked to preview, where the strategy has one to preview. */
  readonly preview?: string | null;
  /** What the arms have learned, as the dial brought it. */
  readonly model?: Allocation['model'];
  /** An input or feature of the request by name; NaN where it is none or missing. */
  readonly numberAt?: (field: string) => number;
}

export interface Choice {
  /** The group, or `outside` for a unit that takes no part: it is answered by the incumbent and counts nowhere. */
  readonly group: string;
  readonly variantId: string;
  /** Probability with which this group is chosen at these weights. */
  readonly propensity: number;
}

/** The group of units that take no part in a test. */
export const outside = 'outside';

export interface ReleaseConclusion {
  readonly conclusion: Conclusion;
  readonly readings: GateReading[];
  readonly reason: LocalisedText;
  /** With `promote`: the group that takes over, where it is not the challenger. */
  readonly winner?: string;
  /** How the traffic is to be divided from now on. */
  readonly allocation?: Allocation;
}

/** What compiling needs of a release. Data has only the strategy: then weights are those of the first step. */
export type CompilableRelease = Pick<Release, 'strategy'> &
  Partial<Pick<Release, 'state' | 'step'>> & { readonly allocation?: Allocation | null };

/** What concluding needs of a release. */
export type ConcludableRelease = Pick<Release, 'strategy' | 'state' | 'step' | 'stepStartedAtMs'>;

export interface SingleState {
  readonly kind: 'single';
}

/** What a sequence has seen, stage by stage. */
export interface SequenceState {
  readonly kind: 'sequence';
  readonly stages: ReleaseFold[];
}

export type ReleaseFold =
  | SingleState
  | SequenceState
  | InterleavingState
  | ShadowState
  | StagedState
  | CanaryState
  | BlueGreenState
  | AbTestState
  | BanditState
  | ContextualBanditState;

type StrategyOf<Kind extends Strategy['kind']> = Extract<Strategy, { kind: Kind }>;
type FoldOf<Kind extends Strategy['kind']> = Extract<ReleaseFold, { kind: Kind }>;

/** A strategy as its own module writes it, for its own kind of strategy and state. */
export interface StrategyDefinition<Kind extends Strategy['kind']> {
  readonly kind: Kind;
  compile(strategy: StrategyOf<Kind>, release: CompilableRelease): Omit<CompiledRelease, 'strategy'>;
  choose(strategy: StrategyOf<Kind>, compiled: CompiledRelease, weights: GroupWeights, request: ChoiceRequest): Choice;
  wanted(strategy: StrategyOf<Kind>): Wanted;
  initial(strategy: StrategyOf<Kind>): FoldOf<Kind>;
  fold(strategy: StrategyOf<Kind>, state: FoldOf<Kind>, event: ReleaseEvent): FoldOf<Kind>;
  /** Only of a strategy that copies requests: adds what the copy came to. */
  foldShadow?(strategy: StrategyOf<Kind>, state: FoldOf<Kind>, event: ShadowEvent): FoldOf<Kind>;
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
  choose(compiled: CompiledRelease, weights: GroupWeights, request: ChoiceRequest): Choice;
  wanted(strategy: Strategy): Wanted;
  initial(strategy: Strategy): ReleaseFold;
  fold(strategy: Strategy, state: ReleaseFold, event: ReleaseEvent): ReleaseFold;
  foldShadow(strategy: Strategy, state: ReleaseFold, event: ShadowEvent): ReleaseFold;
  conclude(release: ConcludableRelease, state: ReleaseFold, nowMs: number): ReleaseConclusion;
}
