import { durationMs } from '@mulle/contract';
import { sliceRows, type LabelledMatrix } from '#domains/training/index.ts';
import type { TrainingSet } from '#domains/features/index.ts';
import { MulleError } from '#kernel/errors.ts';

export interface Split {
  /** Rows to learn from. */
  training: LabelledMatrix;
  /** The last stretch of event time, never learned from; absent without a hold-out. */
  holdout: LabelledMatrix | undefined;
}

function rows(set: TrainingSet, from: number, until: number): LabelledMatrix {
  return { features: sliceRows(set.features, from, until), label: set.label.subarray(from, until) };
}

/** Splits rows in order of event time: what lies within `duration` of the last row is held out. */
export function splitHoldOut(set: TrainingSet, duration: string | undefined): Split {
  const last = set.eventTimeMs.at(-1);
  if (last === undefined) throw new MulleError('validation_failed', 'The training set has no rows.');
  if (duration === undefined) return { training: rows(set, 0, set.eventTimeMs.length), holdout: undefined };
  const cutMs = last - durationMs(duration);
  const cut = set.eventTimeMs.findIndex((timeMs) => timeMs > cutMs);
  if (cut <= 0) {
    throw new MulleError(
      'validation_failed',
      `A hold-out of ${duration} leaves nothing to train on: the rows span less than that.`,
    );
  }
  return { training: rows(set, 0, cut), holdout: rows(set, cut, set.eventTimeMs.length) };
}
