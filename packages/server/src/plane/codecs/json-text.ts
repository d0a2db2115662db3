import { asciiJson } from './ascii-json.ts';

/** Numbers of at most eight decimals are written digit by digit. */
const scale = 100_000_000;
/** Below it `value × scale` is exact to the unit, and its quotient by `scale` is what a parser reads from the digits. */
const largestScaled = 2 ** 24;
/** Smaller ones are written with an exponent. */
const smallestPlain = 1e-6;
const numberCharacters = 32;
const [zero, minus, point, quotationMark, backslash] = [48, 45, 46, 34, 92];

/**
 * JSON text under construction, as ASCII bytes in memory that is used again. Joining strings leaves a tree of pieces for
 * each event, which the collector copies until the journal takes it; this leaves one flat string, and numbers of few
 * decimals cost a third of `String`.
 */
export class JsonText {
  #bytes = Buffer.allocUnsafeSlow(4_096);
  length = 0;

  /** The memory whose first `length` bytes are the text, until more is written. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  /** Cuts the text off at an earlier `length`. */
  truncate(length: number): this {
    this.length = length;
    return this;
  }

  /** JSON text in ASCII, as it is. */
  raw(text: string): this {
    this.#reserve(text.length);
    const bytes = this.#bytes;
    let at = this.length;
    for (let index = 0; index < text.length; index++) bytes[at++] = text.charCodeAt(index);
    this.length = at;
    return this;
  }

  string(text: string | null): this {
    if (text === null) return this.raw('null');
    this.#reserve(text.length + 2);
    const bytes = this.#bytes;
    let at = this.length;
    bytes[at++] = quotationMark;
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index);
      if (unit < 32 || unit > 126 || unit === quotationMark || unit === backslash) return this.raw(asciiJson(text));
      bytes[at++] = unit;
    }
    bytes[at++] = quotationMark;
    this.length = at;
    return this;
  }

  /** As `JSON.stringify` writes it: what is not finite is null. */
  number(value: number): this {
    const magnitude = Math.abs(value);
    if (Number.isSafeInteger(magnitude)) return this.#digits(value < 0, magnitude, 0);
    const scaled = Math.round(magnitude * scale);
    if (magnitude >= smallestPlain && magnitude < largestScaled && scaled / scale === magnitude) {
      const whole = Math.floor(magnitude);
      return this.#digits(value < 0, whole, scaled - whole * scale);
    }
    return this.raw(Number.isFinite(value) ? String(value) : 'null');
  }

  numbers(values: readonly number[]): this {
    for (let index = 0; index < values.length; index++)
      this.raw(index === 0 ? '[' : ',').number(values[index] ?? Number.NaN);
    return this.raw(values.length === 0 ? '[]' : ']');
  }

  /** The part of the text from `start` to `end` once more. */
  again(start: number, end: number): this {
    this.#reserve(end - start);
    this.#bytes.copyWithin(this.length, start, end);
    this.length += end - start;
    return this;
  }

  /** The whole text. */
  toString(): string {
    return this.#bytes.toString('latin1', 0, this.length);
  }

  /** A whole number and, in units of the last decimal, what is behind the point. */
  #digits(isNegative: boolean, whole: number, rest: number): this {
    this.#reserve(numberCharacters);
    const bytes = this.#bytes;
    let at = this.length;
    if (isNegative) bytes[at++] = minus;
    let place = 1;
    while (place * 10 <= whole) place *= 10;
    for (; place >= 1; place = Math.floor(place / 10)) {
      const digit = Math.floor(whole / place);
      bytes[at++] = zero + digit;
      whole -= digit * place;
    }
    if (rest > 0) bytes[at++] = point;
    while (rest > 0) {
      const digit = ((10 * rest) / scale) | 0;
      bytes[at++] = zero + digit;
      rest = 10 * rest - digit * scale;
    }
    this.length = at;
    return this;
  }

  #reserve(more: number): void {
    if (this.length + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * (this.length + more));
    this.#bytes.copy(larger, 0, 0, this.length);
    this.#bytes = larger;
  }
}

/** The number of eight decimals that is the same in single precision, else the value itself. */
export function shortFloat32(value: number): number {
  const short = Math.round(value * scale) / scale;
  return Math.fround(short) === value ? short : value;
}
