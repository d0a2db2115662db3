import { fits, Type } from '@mulle/contract';
import type { Static } from 'typebox';
import { MulleError } from '#kernel/errors.ts';

/** A column of a sample: its numbers in ascending order and how many were none, or its categories and their rows. */
const ProfiledColumn = Type.Union([
  Type.Object({ kind: Type.Literal('number'), values: Type.Array(Type.Number()), missing: Type.Integer() }),
  Type.Object({ kind: Type.Literal('category'), counts: Type.Array(Type.Tuple([Type.String(), Type.Integer()])) }),
]);

/**
 * A sample of what a model version was trained on, as drift is measured against it: `inputs` out of its dataset
 * version, `features` out of its training set. A blob that the version's lineage names.
 */
const TrainingProfile = Type.Object({
  rows: Type.Integer({ minimum: 1 }),
  inputs: Type.Record(Type.String(), ProfiledColumn),
  features: Type.Record(Type.String(), ProfiledColumn),
});
export type TrainingProfile = Static<typeof TrainingProfile>;
export type ProfiledColumn = Static<typeof ProfiledColumn>;

/** Longer texts are cut: a category is a name, no document. */
export const categoryCharacters = 128;
/** The category of a row that has none. */
export const missingCategory = '(missing)';

/** Throws `corrupt_data` where the bytes are no profile. */
export function decodeProfile(bytes: Uint8Array): TrainingProfile {
  const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
  if (fits(TrainingProfile, value)) return value;
  throw new MulleError('corrupt_data', 'The blob is no profile of training data.');
}
