import { expect, test } from 'vitest';
import { hmacSha256, newSealingKey, seal, unseal } from './seal.ts';

test('what is sealed is opened by its key alone, and never twice the same', () => {
  const key = newSealingKey();
  const sealed = seal('비밀', key);
  expect(unseal(sealed, key)).toBe('비밀');
  expect(seal('비밀', key)).not.toBe(sealed);
  expect(() => unseal(sealed, newSealingKey())).toThrow(/another key/);
  const changed = `${sealed.slice(0, -2)}${sealed.endsWith('AA') ? 'BB' : 'AA'}`;
  expect(() => unseal(changed, key)).toThrow(/was changed/);
});

// RFC 4231, test case 2.
test('HMAC-SHA256', () => {
  const hex = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843';
  expect(hmacSha256('Jefe', 'what do ya want for nothing?')).toBe(Buffer.from(hex, 'hex').toString('base64'));
});
