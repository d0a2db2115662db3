import { MulleError } from '#kernel/errors.ts';

const maximumCharacters = 500;
/** A repeated group that itself repeats or branches: what makes a matcher that goes back take exponential time. */
const nestedRepetition = /\([^()]*[+*|{][^()]*\)\s*[+*{]/;

/**
 * A pattern that every database takes and none chokes on. SQLite's runs on the thread that answers everybody, so that
 * patterns which could take exponential time are refused; the same on PostgreSQL, so that a search does not depend on
 * where it runs. Throws `invalid_argument`.
 */
export function regularExpression(pattern: string): RegExp {
  if (pattern.length > maximumCharacters || nestedRepetition.test(pattern) || /\\[1-9]/.test(pattern)) {
    throw new MulleError(
      'invalid_argument',
      `The regular expression "${pattern.slice(0, 80)}" repeats inside a repetition, refers back or is too long. Write a simpler one.`,
    );
  }
  try {
    return new RegExp(pattern, 'u');
  } catch (cause) {
    throw new MulleError('invalid_argument', `"${pattern}" is not a regular expression.`, { cause });
  }
}

/** `text REGEXP pattern` of SQLite, which brings none: 1 where the pattern is found. */
export function regexp(pattern: unknown, text: unknown): number | null {
  if (typeof pattern !== 'string' || typeof text !== 'string') return null;
  return regularExpression(pattern).test(text) ? 1 : 0;
}
