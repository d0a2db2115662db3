import {
  overrideProblems,
  type EndpointDefinition,
  type Override,
  type Release,
  type ReleaseTerms,
} from '@mulle/contract';
import type { Actor } from '#domains/access/index.ts';
import { nowMs } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';

interface WantedTerms {
  readonly overrides?: Override[];
  readonly startAtMs?: number;
  readonly endAtMs?: number;
}

/** Overrides that can be used. Throws `invalid_argument`. */
async function checkOverrides(overrides: readonly Override[]): Promise<void> {
  const [problem] = overrideProblems(overrides);
  if (problem) throw new MulleError('invalid_argument', problem.message);
  const cohorts = overrides.flatMap(({ name, cohort }) => (cohort === undefined ? [] : [{ name, cohort }]));
  if (cohorts.length === 0) return;
  const { compileExpression } = await import('@mulle/decision/rules');
  for (const { name, cohort } of cohorts) {
    try {
      compileExpression(cohort);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new MulleError('invalid_argument', `The cohort of override '${name}' cannot be used: ${reason}`, { cause });
    }
  }
}

/** What goes with a release of this endpoint that was asked for so; undefined where nothing does. Throws `invalid_argument`. */
export async function releaseTerms(
  { approvals }: EndpointDefinition,
  { overrides, startAtMs, endAtMs }: WantedTerms,
): Promise<ReleaseTerms | undefined> {
  if (overrides !== undefined) await checkOverrides(overrides);
  if (endAtMs !== undefined && endAtMs <= (startAtMs ?? nowMs())) {
    throw new MulleError('invalid_argument', 'A release ends after it starts. Give a later end.');
  }
  const terms: ReleaseTerms = {
    ...(overrides === undefined ? {} : { overrides }),
    ...(startAtMs === undefined ? {} : { startAtMs }),
    ...(endAtMs === undefined ? {} : { endAtMs }),
    ...(approvals === undefined ? {} : { approvalGates: approvals }),
  };
  return Object.keys(terms).length === 0 ? undefined : terms;
}

/** Of an installation without keys: nobody else is there who could approve. */
const localOwner = 'local-owner';

/** Four eyes: not whoever deployed it, and nobody twice. Throws `permission_denied`. */
export function checkApprover({ id, actor, terms, state }: Release, { name }: Actor): void {
  if (name === localOwner) return;
  const of = state === 'pending' ? 'start' : 'promote';
  const before = (terms?.approvals ?? []).some((approval) => approval.of === of && approval.actor === name);
  if (name !== actor && !before) return;
  const why = before ? 'has approved already' : 'deployed it';
  throw new MulleError('permission_denied', `${name} ${why}: somebody else has to approve of release ${id}.`);
}
