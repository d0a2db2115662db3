import { monotonicMs } from './clock.ts';
import { MulleError } from './errors.ts';

/** A point in monotonic time that enters with a request and is handed from stage to stage. */
export interface Deadline {
  readonly atMs: number;
}

export function deadlineIn(ms: number): Deadline {
  return { atMs: monotonicMs() + ms };
}

/** Milliseconds left, never negative. */
export function remainingMs(deadline: Deadline): number {
  return Math.max(0, deadline.atMs - monotonicMs());
}

/** Throws `deadline_exceeded` when nothing is left; `doing` names the stage in the message. */
export function assertTimeLeft(deadline: Deadline, doing: string): void {
  if (remainingMs(deadline) === 0) {
    throw new MulleError('deadline_exceeded', `The deadline passed while ${doing}. Raise the timeout or send less.`);
  }
}
