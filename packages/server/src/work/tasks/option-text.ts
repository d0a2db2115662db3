import { MulleError } from '#kernel/errors.ts';

/** Reads JSON that an earlier task put out as text; throws `invalid_argument` that names the option. */
export function jsonText<T>(text: string, option: string, isShape: (value: unknown) => value is T): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new MulleError('invalid_argument', `The option "${option}" is no JSON: ${text.slice(0, 80)}`, { cause });
  }
  if (!isShape(value))
    throw new MulleError('invalid_argument', `The option "${option}" has the wrong shape: ${text.slice(0, 80)}`);
  return value;
}

/**
 * Event time of an option: an ISO date or time (UTC where no zone is given), or an offset from the end of the data
 * such as `-30d`.
 */
export function eventTimeMs(text: string, option: string, endMs: number): number {
  const relative = /^-([0-9]+)(m|h|d)$/.exec(text);
  if (relative) {
    const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 }[relative[2] ?? ''] ?? Number.NaN;
    return endMs - Number(relative[1]) * unitMs;
  }
  const hasZone = /(Z|[+-]\d\d:?\d\d)$/.test(text);
  const ms = Date.parse(/^\d{4}-\d\d-\d\d$/.test(text) || hasZone ? text : `${text}Z`);
  if (Number.isNaN(ms)) {
    throw new MulleError(
      'invalid_argument',
      `The option "${option}" is no time: "${text}". Write 2001-02-01, 2001-02-01T06:00Z or -30d.`,
    );
  }
  return ms;
}
