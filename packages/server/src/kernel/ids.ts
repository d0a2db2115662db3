import { hash, randomBytes } from 'node:crypto';
import { nowMs } from './clock.ts';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const poolBytes = 8192;
let pool = Buffer.alloc(0);
let cursor = 0;

function randomChars(count: number): string {
  if (cursor + count > pool.length) {
    pool = randomBytes(poolBytes);
    cursor = 0;
  }
  let text = '';
  for (let i = 0; i < count; i++) text += alphabet[(pool[cursor++] ?? 0) & 31];
  return text;
}

/**
 * A sortable unique id: 9 characters of time (ms, Crockford base 32) and 13 random ones (65 bits), after an optional
 * prefix such as `run`.
 */
export function newId(prefix = ''): string {
  let time = nowMs();
  let text = '';
  for (let i = 0; i < 9; i++) {
    text = (alphabet[time % 32] ?? '0') + text;
    time = Math.floor(time / 32);
  }
  const id = text + randomChars(13);
  return prefix === '' ? id : `${prefix}_${id}`;
}

/** 32 lowercase hex digits that sort by time (48 bits of ms, 80 random ones): the ids of runs, as MLflow's clients have them. */
export function newHexId(): string {
  return nowMs().toString(16).padStart(12, '0') + randomBytes(10).toString('hex');
}

/** SHA-256 as lowercase hex. */
export function sha256(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}

/** A secret for an API key: 32 random bytes, base64url. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}
