import { fits, misfitOf } from '@mulle/contract';
import type { Static, TSchema } from 'typebox';
import { MulleError } from '#kernel/errors.ts';

/** A body of the traffic port, checked. `what`: "The outcomes are". Throws `unknown_field` or `invalid_argument`. */
export function checkedBody<S extends TSchema>(schema: S, value: unknown, what: string): Static<S> {
  if (fits(schema, value)) return value;
  const misfit = misfitOf(schema, value);
  throw new MulleError(
    misfit?.isUnknownField === true ? 'unknown_field' : 'invalid_argument',
    `${what} not valid at ${misfit?.pointer || '/'}: ${misfit?.message ?? 'see the API reference'}.`,
  );
}
