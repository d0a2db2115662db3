import { expect, test } from 'vitest';
import { axisPlaces, differingParameters } from './differing-parameters.ts';

test('what one run lacks differs, too', () => {
  const runs = [{ parameters: { depth: '6', seed: '7' } }, { parameters: { depth: '8', seed: '7', rate: '0.1' } }];
  expect(differingParameters(runs)).toEqual(['depth', 'rate']);
});

test.each([
  [
    ['1', '3', '2'],
    [0, 1, 0.5],
  ],
  [
    ['adam', 'sgd', undefined],
    [0, 1, null],
  ],
  [
    [5, 5],
    [0.5, 0.5],
  ],
  [
    ['x10', 'x9'],
    [1, 0],
  ],
])('%j stand at %j', (values, places) => expect(axisPlaces(values)).toEqual(places));
