import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Socket } from 'node:net';
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

test('a host that blocks gets frames whole, however large, and learns that its peer is gone', async () => {
  const script = `
    import { BlockingFrames } from ${JSON.stringify(new URL('./blocking-frames.ts', import.meta.url).href)};
    const frames = new BlockingFrames(3);
    for (let frame = frames.read(); frame !== undefined; frame = frames.read()) {
      frames.write(Buffer.from(frame.id + ':' + frame.payload.length + ';'));
    }`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  });
  const exited = once(child, 'exit');
  const socket = child.stdio[3];
  if (!(socket instanceof Socket)) throw new Error('The fourth descriptor is no socket.');
  const answered = Promise.withResolvers<string>();
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    if (text.split(';').length === 4) answered.resolve(text);
  });
  for (const [id, rows] of [10, 100_000, 1].entries()) socket.write(new FrameBuffer(4).begin(id, rows, 20).bytes);
  expect(await answered.promise).toBe('0:800;1:8000000;2:80;');
  socket.destroy();
  expect(await exited).toEqual([0, null]);
});
