import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { MulleError } from './errors.ts';

const algorithm = 'aes-256-gcm';
const [ivBytes, tagBytes] = [12, 16];

/** A new key for `seal`. */
export function newSealingKey(): Buffer {
  return randomBytes(32);
}

/** Text that only the holder of the key (32 bytes) reads, and that nobody changes unseen: AES-256-GCM, base64url. */
export function seal(text: string, key: Uint8Array): string {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv(algorithm, key, iv);
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url');
}

/** What was sealed. Throws `corrupt_data` where it was changed, or sealed with another key. */
export function unseal(sealed: string, key: Uint8Array): string {
  const bytes = Buffer.from(sealed, 'base64url');
  try {
    const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, ivBytes));
    decipher.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
    return decipher.update(bytes.subarray(ivBytes + tagBytes)).toString('utf8') + decipher.final('utf8');
  } catch (cause) {
    throw new MulleError(
      'corrupt_data',
      'A sealed secret cannot be opened: it was changed, or sealed with another key. Set it again.',
      { cause },
    );
  }
}

/** HMAC-SHA256 in base64. */
export function hmacSha256(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest('base64');
}
