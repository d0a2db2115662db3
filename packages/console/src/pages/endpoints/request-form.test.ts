import { expect, test } from 'vitest';
import { firstTyped, requestOf } from './request-form.ts';

const fields = {
  inputs: [
    { name: 'distance', type: 'number' as const, minimum: 5, maximum: 5_000 },
    { name: 'carrier', type: 'string' as const, values: ['KE', 'OZ'] },
    { name: 'late', type: 'boolean' as const },
    { name: 'at', type: 'timestamp' as const },
    { name: 'gate', type: 'integer' as const, nullable: true },
  ],
};

test('fields: what stands first is taken, and becomes a record', () => {
  const typed = firstTyped(fields, 0);
  expect(typed).toEqual({ distance: '5', carrier: 'KE', late: 'false', at: '1970-01-01T00:00:00.000Z', gate: '1' });
  expect(requestOf(fields, { ...typed, gate: '' })).toEqual({
    body: { input: { distance: 5, carrier: 'KE', late: false, at: '1970-01-01T00:00:00.000Z', gate: null } },
  });
  expect(requestOf(fields, { ...typed, distance: 'far' })).toEqual({ problem: 'distance' });
});

test('tensors: zeros in their shape, sizes read from what is typed', () => {
  const tensors = {
    inputs: [],
    tensors: {
      inputs: [
        { name: 'x', datatype: 'FP32' as const, shape: [-1, 2] },
        { name: 'words', datatype: 'BYTES' as const, shape: [-1] },
      ],
      outputs: [],
    },
  };
  expect(firstTyped(tensors, 0)).toEqual({ x: '[[0,0]]', words: '["text"]' });
  expect(requestOf(tensors, { x: '[[1,2],[3,4],[5,6]]', words: '["가","나","다"]' })).toEqual({
    body: {
      inputs: [
        {
          name: 'x',
          datatype: 'FP32',
          shape: [3, 2],
          data: [
            [1, 2],
            [3, 4],
            [5, 6],
          ],
        },
        { name: 'words', datatype: 'BYTES', shape: [3], data: ['가', '나', '다'] },
      ],
    },
  });
  expect(requestOf(tensors, { x: '1', words: '["a"]' })).toEqual({ problem: 'x' });
});
