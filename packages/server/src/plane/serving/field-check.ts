import type { Field } from '@mulle/contract';
import { timestampMs } from '@mulle/decision';
import { MulleError } from '#kernel/errors.ts';

/** A value of an input field after its check: timestamps are ms since the epoch. */
export type FieldValue = number | string | boolean | null;

const float32Maximum = 3.4028234663852886e38;
const stringCharacters = 8_192;

/**
 * Holds the values of one input field to its definition. `check` returns the value as it is served; a wrong type throws
 * `invalid_feature`, an absent one `missing_feature`. `violates` tells a value outside the declared range or categories:
 * that is answered all the same, and recorded.
 */
export interface FieldCheck {
  readonly name: string;
  check(value: unknown, row: number): FieldValue;
  violates(value: FieldValue): boolean;
}

const wanted: Record<Field['type'], string> = {
  number: 'a finite number within single precision',
  integer: 'a whole number',
  boolean: 'true or false',
  string: `text of at most ${stringCharacters} characters`,
  timestamp: 'ms since the epoch or ISO 8601 text',
};

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && value <= float32Maximum && value >= -float32Maximum;
}

/** The value, or undefined where it is not of the type. */
const read: Record<Field['type'], (value: unknown) => FieldValue | undefined> = {
  number: (value) => (isNumber(value) ? value : undefined),
  integer: (value) => (isNumber(value) && Number.isSafeInteger(value) ? value : undefined),
  boolean: (value) => (typeof value === 'boolean' ? value : undefined),
  string: (value) => (typeof value === 'string' && value.length <= stringCharacters ? value : undefined),
  timestamp: (value) => {
    const ms = timestampMs(value);
    return Math.abs(ms) <= 8.64e15 ? ms : undefined;
  },
};

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

export function compileField(field: Field): FieldCheck {
  const { name, type, nullable = false, minimum = -Infinity, maximum = Infinity } = field;
  const readValue = read[type];
  const values = field.values === undefined ? undefined : new Set(field.values);
  return {
    name,
    check(value, row) {
      if (value === undefined || value === null) {
        if (nullable) return null;
        throw new MulleError('missing_feature', `Row ${row}: field "${name}" is missing; give ${wanted[type]}.`, {
          details: { field: name, row },
        });
      }
      const served = readValue(value);
      if (served !== undefined) return served;
      throw new MulleError('invalid_feature', `Row ${row}: field "${name}" is ${shown(value)}; give ${wanted[type]}.`, {
        details: { field: name, row },
      });
    },
    violates(value) {
      if (value === null) return false;
      if (typeof value === 'number') return value < minimum || value > maximum;
      return values !== undefined && typeof value === 'string' && !values.has(value);
    },
  };
}
