import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import onnxProto from 'onnx-proto';
import { afterAll, expect, test } from 'vitest';
import { readOnnxSignature } from './read-onnx-signature.ts';

const { onnx } = onnxProto;
const folder = mkdtempSync(join(tmpdir(), 'mulle-onnx-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Graph = NonNullable<Parameters<typeof onnx.GraphProto.create>[0]>;

function saved(graph: Graph): string {
  const path = join(folder, 'model.onnx');
  const bytes = onnx.ModelProto.encode({ irVersion: 8, producerName: 'test', opsetImport: [{ version: 17 }], graph });
  writeFileSync(path, bytes.finish());
  return path;
}

function value(name: string, elemType: number, dim: object[]) {
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}

test('inputs and outputs of every datatype and shape, weights passed over', async () => {
  const path = saved({
    name: 'g',
    node: [{ opType: 'Identity', input: ['x'], output: ['y'], docString: 'n'.repeat(100_000) }],
    initializer: [{ name: 'w', dataType: 1, dims: [500_000], rawData: new Uint8Array(2_000_000) }],
    input: [
      value('x', 1, [{ dimParam: 'batch' }, { dimValue: 3 }, {}]),
      value('w', 1, [{ dimValue: 500_000 }]),
      value('words', 8, [{ dimParam: 'n' }]),
      value('half', 10, []),
      value('brain', 16, [{ dimValue: 2 }]),
    ],
    output: [
      value('y', 7, [{ dimParam: 'batch' }]),
      { name: 'map', type: { sequenceType: { elemType: { tensorType: { elemType: 1 } } } } },
      value('z', 9, [{ dimParam: 'batch' }, { dimValue: 2 }]),
    ],
  });
  expect(await readOnnxSignature(path)).toEqual({
    inputs: [
      { name: 'x', datatype: 'FP32', shape: [-1, 3, -1] },
      { name: 'words', datatype: 'BYTES', shape: [-1] },
      { name: 'half', datatype: 'FP16', shape: [] },
      { name: 'brain', datatype: 'BF16', shape: [2] },
    ],
    outputs: [
      { name: 'y', datatype: 'INT64', shape: [-1] },
      { name: 'z', datatype: 'BOOL', shape: [-1, 2] },
    ],
  });
});

test.each([
  ['text', Buffer.from('this is no model, it is text')],
  ['nothing', Buffer.alloc(0)],
  ['an integer without end', Buffer.alloc(64, 0xff)],
])('%s is refused', async (_, bytes) => {
  const path = join(folder, 'other');
  writeFileSync(path, bytes);
  await expect(readOnnxSignature(path)).rejects.toMatchObject({ code: 'invalid_argument' });
});
