import { MulleError } from '#kernel/errors.ts';

/** A JSON value as the text of a column. */
export function encodeJson(value: unknown): string {
  return JSON.stringify(value);
}

/**
 * The value of a column written by `encodeJson`; the caller names the type it wrote. Throws `corrupt_data` when the
 * text is no JSON.
 */
export function decodeJson<T>(text: string): T {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new MulleError(
      'corrupt_data',
      'A JSON column of the database holds text that is no JSON. Restore a backup.',
      {
        cause,
      },
    );
  }
}
