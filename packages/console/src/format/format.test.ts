import { describe, expect, test } from 'vitest';
import { createFormat } from './format.ts';

const ko = createFormat('ko', 'Asia/Seoul');
const en = createFormat('en', 'Asia/Seoul');

test.each([
  [0.42, '0.4ms', '0.4 ms'],
  [840, '840ms', '840 ms'],
  [999.7, '1초', '1 s'],
  [12_400, '12.4초', '12.4 s'],
  [59_990, '1분', '1 min'],
  [72_000, '1분 12초', '1 min 12 s'],
  [3_600_000, '1시간', '1 h'],
  [11_100_000, '3시간 5분', '3 h 5 min'],
  [90_000_000, '1일 1시간', '1 d 1 h'],
])('duration of %d ms', (ms, korean, english) => {
  expect(ko.duration(ms)).toBe(korean);
  expect(en.duration(ms)).toBe(english);
});

test('relative times', () => {
  const now = Date.UTC(2026, 0, 2);
  expect(ko.relative(now - 1_000, now)).toBe('방금');
  expect(ko.relative(now - 180_000, now)).toBe('3분 전');
  expect(en.relative(now - 7_200_000, now)).toBe('2 hr ago');
  expect(en.relative(now + 60_000, now)).toBe('in 1 min');
});

describe('numbers', () => {
  test('metrics keep four significant digits and a true minus', () => {
    expect(en.metric(0.44831)).toBe('0.4483');
    expect(en.metric(-0.0512)).toBe('−0.05120');
    expect(en.metric(12_000)).toBe('12,000');
  });
  test('shares and bytes', () => {
    expect(en.share(0.0534)).toBe('5.3%');
    expect(en.bytes(999)).toBe('999 B');
    expect(en.bytes(1_480_000)).toBe('1.5 MB');
  });
});

test('absolute times carry their zone', () => {
  expect(ko.absolute(Date.UTC(2026, 0, 2, 3, 4, 5))).toBe('2026-01-02 12:04:05 GMT+9');
  expect(ko.eventTime(Date.UTC(2001, 1, 3, 4, 5))).toBe('2001-02-03 04:05');
});
