import fc from 'fast-check';
import { expect, test } from 'vitest';
import { errorFrame, FrameBuffer, FrameReader, frameValues, type Frame } from './frames.ts';

test('frames come out as they went in, however the stream is cut', () => {
  const frame = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 9 }));
  fc.assert(
    fc.property(fc.array(frame, { minLength: 1 }), fc.array(fc.integer({ min: 1, max: 700 })), (shapes, cuts) => {
      const sent = shapes.map(([rows, columns], id) => {
        const { bytes, values } = new FrameBuffer(id % 2 === 0 ? 4 : 8).begin(id, rows, columns);
        for (let index = 0; index < values.length; index++) values[index] = id + index / 8;
        return { bytes, values: [...values] };
      });
      const got: { id: number; values: number[] }[] = [];
      const reader = new FrameReader((one) => got.push({ id: one.id, values: [...frameValues(one)] }));
      let stream = Buffer.concat(sent.map(({ bytes }) => bytes));
      for (const cut of cuts) {
        reader.push(stream.subarray(0, cut));
        stream = stream.subarray(cut);
      }
      reader.push(stream);
      expect(got).toEqual(sent.map(({ values }, id) => ({ id, values })));
    }),
  );
});

test('a failure is a sentence', () => {
  const got: Frame[] = [];
  new FrameReader((frame) => got.push(frame)).push(errorFrame(7, '모델 실패'));
  expect(got).toMatchObject([{ id: 7, columns: 0 }]);
  expect(got[0]?.payload.toString('utf8')).toBe('모델 실패');
});

test('memory is used again, and grows for a larger batch', () => {
  const buffer = new FrameBuffer(4);
  const small = buffer.begin(1, 1, 20);
  expect(buffer.begin(2, 1, 20).bytes.buffer).toBe(small.bytes.buffer);
  expect(buffer.begin(3, 10_000, 20).values).toHaveLength(200_000);
});
