import { property, string, array, constantFrom, assert as check } from 'fast-check';
import { expect, test } from 'vitest';
import { diffLines, diffWords, type DiffPart } from './text-diff.ts';

const side = (parts: DiffPart[], kind: 'removed' | 'added', between: string): string =>
  parts
    .filter((part) => part.kind === 'same' || part.kind === kind)
    .map(({ text }) => text)
    .join(between);

test('what stayed and went is the old text, what stayed and came the new one', () => {
  const text = array(constantFrom('a', 'b', '가', '나 다', ' ', '{{x}}', '\n'), { maxLength: 30 }).map((all) =>
    all.join(''),
  );
  check(
    property(text, text, string(), (before, after, noise) => {
      const lines = diffLines(before + noise, after);
      expect(side(lines, 'removed', '\n')).toBe(before + noise);
      expect(side(lines, 'added', '\n')).toBe(after);
      const words = diffWords(before, after + noise);
      expect(side(words, 'removed', '')).toBe(before);
      expect(side(words, 'added', '')).toBe(after + noise);
    }),
    { seed: 11, numRuns: 300 },
  );
});

test('only what changed is told as changed', () => {
  expect(diffLines('one\ntwo\nthree', 'one\n2\nthree').map(({ kind, text }) => `${kind} ${text}`)).toEqual([
    'same one',
    'removed two',
    'added 2',
    'same three',
  ]);
  expect(diffWords('Answer in one sentence.', 'Answer in two sentences.')).toEqual([
    { kind: 'same', text: 'Answer in ' },
    { kind: 'removed', text: 'one' },
    { kind: 'added', text: 'two' },
    { kind: 'same', text: ' ' },
    { kind: 'removed', text: 'sentence' },
    { kind: 'added', text: 'sentences' },
    { kind: 'same', text: '.' },
  ]);
});
