/**
 * The states of a release, and the only place that changes them.
 *
 *   pending      it waits for its time or for people to approve: nobody meets it yet.
 *   running      a challenger is being tried; its share is that of the present step.
 *   paused       the same share, held until a person resumes, promotes or rolls back.
 *   promoted     its variant answers everything: the endpoint's incumbent. A `single` release begins here.
 *   rolled-back  its challenger was taken back; or it had been promoted and the version before took over again.
 *   superseded   another release took its place.
 *
 *   pending  → running | promoted (`single`) | rolled-back | superseded
 *   running  → running (advance, or a blue/green switched by hand, back and forth) | promoted | rolled-back | paused | superseded
 *   paused   → running (resume)  | promoted | rolled-back | superseded
 *   promoted → superseded (a later release was promoted) | rolled-back (by hand)
 *
 * An endpoint has at most one promoted release and at most one that contends with it (pending, running or paused). The live
 * one is the contender where there is one. Only a promotion supersedes what was promoted, so that when a challenger
 * is taken back, for whatever reason, the incumbent's own release is there and live again.
 *
 * What the analyser concludes counts only for a running release at the step that it looked at; anything else is
 * refused with `invalid_state`, for it speaks of other traffic. Inconclusive never promotes: the policy pauses or
 * rolls back. Where people have to approve of a promotion, one that the evidence asks for is paused until they have.
 * To resume begins the step's time anew, else a release paused for its time would be out of time at once.
 */
import {
  approvalsMissing,
  stepsOf,
  type ActivityType,
  type Conclusion,
  type GateReading,
  type LocalisedText,
  type Reason,
  type Release,
  type ReleasePolicy,
  type ReleaseTerms,
  type Strategy,
  type Variant,
} from '@mulle/contract';
import { bindPolicy } from '@mulle/decision';
import { MulleError } from '#kernel/errors.ts';

export type ReleaseCommand =
  | {
      kind: 'conclude';
      step: number;
      conclusion: Conclusion;
      readings: GateReading[];
      reason: LocalisedText;
      winner?: string;
    }
  | { kind: 'promote' | 'rollback' | 'pause' | 'resume' | 'switch' | 'supersede' | 'begin' | 'expire'; reason: Reason }
  | { kind: 'approve'; reason: Reason; actor: string };

export interface ReleaseTransition {
  readonly release: Release;
  /** What to tell; null where only readings changed. */
  readonly activity: ActivityType | null;
}

/** Tries its challenger against an incumbent. */
export function isContending(release: Release): boolean {
  return release.state === 'pending' || release.state === 'running' || release.state === 'paused';
}

/** Nobody meets one that is pending. */
export function meetsCallers(release: Release): boolean {
  return release.state === 'running' || release.state === 'paused';
}

/** The reason of a release that only people keep from being promoted. */
export function isAwaiting(reason: Reason): boolean {
  return typeof reason !== 'string' && reason.en === awaitsApproval.en;
}

export interface NewRelease {
  readonly id: string;
  readonly endpoint: string;
  readonly policy: ReleasePolicy;
  readonly variant: Variant;
  /** Further variants to try beside it, where the policy has arms for them. */
  readonly others?: readonly Variant[];
  /** What answers now; null on the first deploy, which is at once whatever the policy. */
  readonly incumbent: Variant | null;
  readonly terms?: ReleaseTerms;
  readonly reason: Reason;
  readonly actor: string;
  readonly causeId: string | null;
}

/**
 * A new release: pending where it waits for its time or for people, else contending under a policy with steps, promoted
 * from the start under `single`. Throws
 * `invalid_argument` where the policy has no such arms.
 */
export function beginRelease(wanted: NewRelease, nowMs: number): Release {
  const { policy, variant, others = [], incumbent, terms, ...rest } = wanted;
  const atOnce = policy.kind === 'single' || incumbent === null;
  const strategy: Strategy = atOnce ? { kind: 'single', variant } : bound(policy, incumbent, [variant, ...others]);
  const state = waits(terms, nowMs) ? 'pending' : atOnce ? 'promoted' : 'running';
  return {
    id: rest.id,
    endpoint: rest.endpoint,
    strategy,
    ...(terms === undefined ? {} : { terms }),
    state,
    step: 0,
    stepStartedAtMs: nowMs,
    readings: [],
    reason: rest.reason,
    actor: rest.actor,
    causeId: rest.causeId,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    endedAtMs: state === 'promoted' ? nowMs : null,
  };
}

/** Whether a release with these terms may not begin yet. */
export function waits(terms: ReleaseTerms | undefined, nowMs: number): boolean {
  return terms !== undefined && ((terms.startAtMs ?? 0) > nowMs || approvalsMissing(terms, 'start') > 0);
}

function bound(policy: ReleasePolicy, incumbent: Variant, challengers: readonly Variant[]): Strategy {
  try {
    return bindPolicy(policy, incumbent, challengers);
  } catch (thrown) {
    if (thrown instanceof RangeError) throw new MulleError('invalid_argument', thrown.message, { cause: thrown });
    throw thrown;
  }
}

const refuse = (release: Release, wanted: string): MulleError =>
  new MulleError(
    'invalid_state',
    `Release ${release.id} of '${release.endpoint}' is ${release.state}, step ${release.step}: it cannot ${wanted} now. Read it again.`,
    { details: { state: release.state, step: release.step } },
  );

/** The release after `command`. Throws `invalid_state` where the table above has no such way. */
export function transition(release: Release, command: ReleaseCommand, nowMs: number): ReleaseTransition {
  const moved = (changes: Partial<Release>, activity: ActivityType): ReleaseTransition => ({
    release: { ...release, ...changes, updatedAtMs: nowMs },
    activity,
  });
  const { reason } = command;
  const ended = (state: Release['state'], activity: ActivityType, changes: Partial<Release> = {}): ReleaseTransition =>
    moved({ ...changes, state, reason, endedAtMs: release.endedAtMs ?? nowMs }, activity);
  switch (command.kind) {
    case 'conclude':
      return conclude(release, command, nowMs, moved, ended);
    case 'promote':
      if (release.state === 'pending' || !isContending(release)) throw refuse(release, 'be promoted');
      if (approvalsMissing(release.terms ?? {}, 'promote') > 0) throw unapproved(release);
      return ended('promoted', 'release-promoted');
    case 'rollback':
      if (!isContending(release) && release.state !== 'promoted') throw refuse(release, 'be rolled back');
      return ended('rolled-back', 'release-rolled-back');
    case 'pause':
      if (release.state !== 'running') throw refuse(release, 'be paused');
      return moved({ state: 'paused', reason }, 'release-paused');
    case 'resume':
      if (release.state !== 'paused') throw refuse(release, 'be resumed');
      return moved({ state: 'running', reason, stepStartedAtMs: nowMs }, 'release-resumed');
    case 'switch':
      if (release.state === 'pending' || !isContending(release) || release.strategy.kind !== 'blue-green')
        throw refuse(release, 'be switched');
      return moved({ step: release.step === 0 ? 1 : 0, stepStartedAtMs: nowMs, reason }, 'release-stepped');
    case 'begin':
      if (release.state !== 'pending') throw refuse(release, 'begin');
      if (release.strategy.kind === 'single') return ended('promoted', 'release-promoted');
      return moved({ state: 'running', reason, stepStartedAtMs: nowMs }, 'release-started');
    case 'expire':
      if (release.state !== 'running') throw refuse(release, 'end by its time');
      return pausesWhenInconclusive(release)
        ? moved({ state: 'paused', reason }, 'release-paused')
        : ended('rolled-back', 'release-rolled-back');
    case 'approve':
      return approve(release, command, nowMs, moved);
    case 'supersede':
      if (!isContending(release) && release.state !== 'promoted') throw refuse(release, 'be superseded');
      return ended('superseded', 'release-superseded');
  }
}

function conclude(
  release: Release,
  command: Extract<ReleaseCommand, { kind: 'conclude' }>,
  nowMs: number,
  moved: (changes: Partial<Release>, activity: ActivityType) => ReleaseTransition,
  ended: (state: Release['state'], activity: ActivityType, changes: Partial<Release>) => ReleaseTransition,
): ReleaseTransition {
  const { step, conclusion, readings, reason, winner } = command;
  const { strategy } = release;
  if (release.state !== 'running' || release.step !== step) throw refuse(release, `${conclusion} from step ${step}`);
  if (conclusion === 'continue') return { release: { ...release, readings, updatedAtMs: nowMs }, activity: null };
  const last = step + 1 >= stepsOf(strategy);
  if (conclusion === 'promote' || (conclusion === 'advance' && last)) {
    const won = { readings, ...(winner === undefined ? {} : { winner }) };
    if (approvalsMissing(release.terms ?? {}, 'promote') === 0) return ended('promoted', 'release-promoted', won);
    return moved({ ...won, state: 'paused', reason: awaitsApproval }, 'release-paused');
  }
  if (conclusion === 'advance')
    return moved({ readings, step: step + 1, stepStartedAtMs: nowMs, reason }, 'release-stepped');
  if (conclusion === 'pause' || (conclusion === 'inconclusive' && pausesWhenInconclusive(release)))
    return moved({ readings, state: 'paused', reason }, 'release-paused');
  return ended('rolled-back', 'release-rolled-back', { readings });
}

const awaitsApproval: LocalisedText = {
  en: 'The evidence is there. It is promoted once people have approved.',
  ko: '근거가 충분해요. 승인을 받으면 승격돼요.',
};

function pausesWhenInconclusive({ strategy }: Release): boolean {
  return 'whenInconclusive' in strategy && strategy.whenInconclusive === 'pause';
}

function unapproved({ id, terms }: Release): MulleError {
  const missing = approvalsMissing(terms ?? {}, 'promote');
  return new MulleError(
    'approval_required',
    `Release ${id} needs ${missing} more approval${missing === 1 ? '' : 's'} before it is promoted: mulle releases approve ${id}.`,
  );
}

/** Notes that somebody approves: of the start while it is pending, of the promotion after. */
function approve(
  release: Release,
  { actor, reason }: Extract<ReleaseCommand, { kind: 'approve' }>,
  nowMs: number,
  moved: (changes: Partial<Release>, activity: ActivityType) => ReleaseTransition,
): ReleaseTransition {
  if (!isContending(release)) throw refuse(release, 'be approved');
  const of = release.state === 'pending' ? 'start' : 'promote';
  const { terms = {} } = release;
  if (approvalsMissing(terms, of) === 0) throw refuse(release, `be approved: nobody is asked to approve of its ${of}`);
  const { approvals = [] } = terms;
  const text = typeof reason === 'string' ? reason : reason.en;
  const approval = { of, actor, reason: text, atMs: nowMs } as const;
  return moved({ terms: { ...terms, approvals: [...approvals, approval] } }, 'release-approved');
}
