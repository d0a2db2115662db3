import { readFile } from 'node:fs/promises';
import { fits, misfitOf } from '@mulle/contract';
import type { Static, TSchema } from 'typebox';
import { MulleError } from '#kernel/errors.ts';

/** What a JSON file holds, checked. `what`: "rule set". Throws `invalid_argument` with the place that does not fit. */
export async function readJsonFile<S extends TSchema>(path: string, schema: S, what: string): Promise<Static<S>> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MulleError('invalid_argument', `${path} cannot be read as JSON: ${reason}`, { cause });
  }
  if (fits(schema, value)) return value;
  const misfit = misfitOf(schema, value);
  throw new MulleError(
    'invalid_argument',
    `${path} is no ${what} at ${misfit?.pointer || '/'}: ${misfit?.message ?? ''}`,
  );
}
