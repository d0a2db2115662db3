import { Type } from './type.ts';

/** A name that people give and callers put into a URL: lower or upper case, digits, `-`, `_`, `.`; at most 128. */
export const Name = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' });

/** A registered model's name: any script, spaces too, as MLflow has it; no `/` and no `:`, which part names in URIs. */
export const ModelName = Type.String({ minLength: 1, maxLength: 250, pattern: '^(?!\\.{1,2}$)[^/:]*[^/:\\s][^/:]*$' });

/** A field or feature name, usable as a column of SQL and a key of JSON. */
export const FieldName = Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]{0,127}$' });

/** SHA-256 of the content, lowercase hex: the address of a blob, a bundle or a definition. */
export const Digest = Type.String({ pattern: '^[0-9a-f]{64}$' });

/** Text that people read, in both languages of the platform. */
export const LocalisedText = Type.Object({ en: Type.String(), ko: Type.String() });
export type LocalisedText = { en: string; ko: string };

/** What a person wrote, in their language, or what the platform says, in both. */
export const Reason = Type.Union([LocalisedText, Type.String()]);
export type Reason = LocalisedText | string;

/** A reason in one language. */
export function reasonText(reason: Reason, language: keyof LocalisedText): string {
  return typeof reason === 'string' ? reason : reason[language];
}

/** A duration such as `15m`, `3h`, `7d`, `500ms`. */
export const Duration = Type.String({ pattern: '^[0-9]+(ms|s|m|h|d)$' });

const unitMs: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a `Duration`; throws RangeError on text that is none. */
export function durationMs(duration: string): number {
  const match = /^([0-9]+)(ms|s|m|h|d)$/.exec(duration);
  const unit = unitMs[match?.[2] ?? ''];
  if (!match || unit === undefined) {
    throw new RangeError(`"${duration}" is not a duration. Write a whole number and one of ms, s, m, h, d, as in 15m.`);
  }
  return Number(match[1]) * unit;
}

const words: Readonly<Record<string, string>> = {
  '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$':
    'must be at most 128 letters (a-z, A-Z), digits, ".", "_" and "-"; a description may say it in any script',
  '^[A-Za-z_][A-Za-z0-9_]{0,127}$': 'must be at most 128 letters (a-z, A-Z), digits and "_", a digit not first',
  '^[0-9a-f]{64}$': 'must be a SHA-256 in 64 lowercase hex digits',
  '^[0-9]+(ms|s|m|h|d)$': 'must be a duration such as 15m, 3h, 7d or 500ms',
};

/** What a pattern of the contract asks for, for people; the pattern itself where nobody has said it in words. */
export function patternInWords(pattern: string): string {
  return words[pattern] ?? `must match ${pattern}`;
}
