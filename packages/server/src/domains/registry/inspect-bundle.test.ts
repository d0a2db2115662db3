import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBlobStore, type BlobStore } from '#platform/blobs/index.ts';
import { inspectBundle } from './inspect-bundle.ts';

let folder = '';
let blobs: BlobStore;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mulle-bundles-'));
  blobs = await openBlobStore(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function bundleOf(files: Record<string, string>): Promise<string> {
  const list = [];
  for (const [path, text] of Object.entries(files)) list.push({ path, ...(await blobs.put(Buffer.from(text))) });
  return (await blobs.put(Buffer.from(JSON.stringify({ files: list })))).digest;
}

/** As MLflow writes it. */
function modelOf(columns: readonly object[], outputs?: readonly object[]): string {
  return `flavors:
  python_function:
    loader_module: mlflow.sklearn
    python_version: 3.11.7
  sklearn:
    pickled_model: model.pkl
signature:
  inputs: '${JSON.stringify(columns)}'
${outputs ? `  outputs: '${JSON.stringify(outputs)}'\n` : ''}`;
}

test('flavor, columns as fields, and bytes', async () => {
  const MLmodel = modelOf([
    { type: 'double', name: 'sepal length (cm)', required: true },
    { type: 'long', name: '2nd', required: true },
  ]);
  const found = await inspectBundle(blobs, await bundleOf({ MLmodel, 'data/model.pkl': 'x' }));
  expect(found).toEqual({
    flavor: 'sklearn',
    features: ['sepal_length_cm', 'c_2nd'],
    signature: {
      inputs: [
        { name: 'sepal length (cm)', datatype: 'FP64', shape: [-1] },
        { name: '2nd', datatype: 'INT64', shape: [-1] },
      ],
      outputs: [],
    },
    bytes: Buffer.byteLength(MLmodel) + 1,
  });
});

test('columns without Latin letters go by their places', async () => {
  const MLmodel = modelOf([
    { type: 'double', name: '나이' },
    { type: 'double', name: '소득' },
  ]);
  expect((await inspectBundle(blobs, await bundleOf({ MLmodel }))).features).toEqual(['c0', 'c1']);
});

test('tensors and texts are a signature', async () => {
  const image = { type: 'tensor', name: 'image', 'tensor-spec': { dtype: 'uint8', shape: [-1, 224, 224, 3] } };
  const words = { type: 'tensor', name: 'words', 'tensor-spec': { dtype: 'str320', shape: [-1, -1] } };
  const scores = { type: 'tensor', 'tensor-spec': { dtype: 'float32', shape: [-1, 10] } };
  const MLmodel = modelOf([image, words], [scores]);
  expect((await inspectBundle(blobs, await bundleOf({ MLmodel }))).signature).toEqual({
    inputs: [
      { name: 'image', datatype: 'UINT8', shape: [-1, 224, 224, 3] },
      { name: 'words', datatype: 'BYTES', shape: [-1, -1] },
    ],
    outputs: [{ name: 'output', datatype: 'FP32', shape: [-1, 10] }],
  });
  const nested = modelOf([{ type: { type: 'array', items: 'long' }, name: 'ids' }]);
  expect((await inspectBundle(blobs, await bundleOf({ MLmodel: nested }))).signature).toBeNull();
});

test('tensors have no names', async () => {
  const MLmodel = modelOf([{ type: 'tensor', 'tensor-spec': { dtype: 'float64', shape: [-1, 4] } }]);
  expect((await inspectBundle(blobs, await bundleOf({ MLmodel }))).features).toEqual({
    unknown: expect.stringContaining('names no columns'),
  });
});

test.each(['../MLmodel', '/etc/passwd', 'a/../b', 'a//b', './a', 'a\\b', 'a/', ''])(
  'the path %j is refused',
  async (path) => {
    const MLmodel = modelOf([]);
    await expect(inspectBundle(blobs, await bundleOf({ MLmodel, [path]: 'x' }))).rejects.toMatchObject({
      code: 'invalid_argument',
    });
  },
);

test('names that only look like a way out are taken', async () => {
  const MLmodel = modelOf([]);
  const digest = await bundleOf({ MLmodel, '..data/.hidden/model..pkl': 'x' });
  await expect(inspectBundle(blobs, digest)).resolves.toMatchObject({ flavor: 'sklearn' });
});

test('what is missing or cannot be read is named', async () => {
  const lacking = await blobs.put(
    Buffer.from(JSON.stringify({ files: [{ path: 'MLmodel', digest: 'a'.repeat(64), bytes: 3 }] })),
  );
  await expect(inspectBundle(blobs, lacking.digest)).rejects.toMatchObject({ code: 'not_found' });
  await expect(inspectBundle(blobs, await bundleOf({ model: 'x' }))).rejects.toThrow(/MLmodel at its top/);
  await expect(inspectBundle(blobs, await bundleOf({ MLmodel: 'flavors: [' }))).rejects.toThrow(/does not parse/);
  await expect(inspectBundle(blobs, await bundleOf({ MLmodel: 'a: &a [*a, *a]' }))).rejects.toThrow(/does not parse/);
  await expect(inspectBundle(blobs, (await blobs.put(Buffer.from('no list'))).digest)).rejects.toThrow(/no JSON/);
  const text = modelOf([{ type: 'string', name: 'colour' }]);
  expect((await inspectBundle(blobs, await bundleOf({ MLmodel: text }))).features).toEqual({
    unknown: expect.stringContaining('"colour" is of type string'),
  });
});
