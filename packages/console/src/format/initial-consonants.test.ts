import { expect, test } from 'vitest';
import { initialConsonants, matches } from './initial-consonants.ts';

test('initial consonants', () => {
  expect(initialConsonants('파이프라인 runs')).toBe('ㅍㅇㅍㄹㅇ runs');
  expect(initialConsonants('까치 힣')).toBe('ㄲㅊ ㅎ');
  expect(matches('파이프라인', 'ㅍㅇㅍ')).toBe(true);
  expect(matches('Flight-Delay', 'delay')).toBe(true);
  expect(matches('모델', 'ㅂ')).toBe(false);
});
