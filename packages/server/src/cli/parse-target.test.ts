import { expect, test } from 'vitest';
import { exitCodeOf } from './exit-codes.ts';
import { parseTarget } from './parse-target.ts';

test.each([
  ['flight-delay@3', { model: 'flight-delay', version: 3 }],
  ['flight-delay:3', { model: 'flight-delay', version: 3 }],
  ['flight-delay@champion', { model: 'flight-delay', alias: 'champion' }],
  ['flight-delay', { model: 'flight-delay' }],
])('%s names a version', (text, target) => {
  expect(parseTarget(text)).toEqual(target);
});

test.each(['', '@3', ':champion'])('"%s" names none', (text) => {
  expect(() => parseTarget(text)).toThrow(/names no version/);
});

test('CI can tell a gate that said no from a step that broke', () => {
  expect([
    exitCodeOf('gate_rejected'),
    exitCodeOf('validation_failed'),
    exitCodeOf('internal'),
    exitCodeOf('not_found'),
  ]).toEqual([5, 5, 1, 4]);
});
