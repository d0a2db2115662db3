import { MulleError } from '#kernel/errors.ts';

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Throws `unknown_field` for a member that is none of `known`; `where` says whose. */
export function refuseUnknown(record: Record<string, unknown>, known: ReadonlySet<string>, where: string): void {
  for (const name of Object.keys(record)) {
    if (known.has(name)) continue;
    throw new MulleError(
      'unknown_field',
      `${where} has no field "${name.slice(0, 128)}". It has: ${[...known].join(', ')}.`,
    );
  }
}
