import type { EndpointDefinition, ModelSignature } from '@mulle/contract';
import { defineProject } from '@mulle/client';
import { expect, test } from 'vitest';
import { exampleModels } from './example-models.ts';
import { versionMisfit } from './version-misfit.ts';

const tensors: ModelSignature = {
  inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 4] }],
  outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 2] }],
};

async function problemOf(signature: ModelSignature | null): Promise<string | undefined> {
  const version = { ...(await exampleModels().getVersion('delay', 1)), features: [], signature };
  const endpoint: EndpointDefinition = {
    name: 'e',
    inputs: [],
    tensors,
    policy: { kind: 'single' },
    fallback: [],
    timeout: '1s',
  };
  return versionMisfit(endpoint, defineProject({ name: 'p' }), version)?.problem;
}

const [input] = tensors.inputs;
const { outputs } = tensors;

test('a version fits that takes at least what the endpoint is given', async () => {
  expect(await problemOf(tensors)).toBeUndefined();
  expect(await problemOf({ inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, -1] }], outputs: [] })).toBeUndefined();
});

test.each([
  [null, /no signature/],
  [{ inputs: [{ ...input, datatype: 'FP64' }], outputs }, /takes "x" as FP64 \[-1, 4\].*has FP32/],
  [{ inputs: [{ ...input, shape: [1, 4] }], outputs }, /takes "x" as FP32 \[1, 4\]/],
  [{ inputs: [input, { ...input, name: 'z' }], outputs }, /takes "z".*no such tensor/],
  [{ inputs: [input], outputs: [{ ...outputs[0], name: 'p' }] }, /gives no "y"/],
  [{ inputs: [input], outputs: [{ ...outputs[0], datatype: 'INT64' }] }, /gives "y" as INT64/],
])('what does not fit is named: %#', async (signature, problem) => {
  expect(await problemOf(signature as ModelSignature | null)).toMatch(problem);
});
