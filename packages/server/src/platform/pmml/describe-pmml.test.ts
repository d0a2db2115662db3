import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { claimsDocument, logisticDocument } from '#platform/testing/pmml-documents.ts';
import { describePmml } from './describe-pmml.ts';

const folder = mkdtempSync(join(tmpdir(), 'mulle-pmml-'));
afterAll(() => rmSync(folder, { recursive: true }));

function described(text: string) {
  const path = join(folder, 'model.pmml');
  writeFileSync(path, text);
  return describePmml(path);
}

test('inputs from the mining schema, outputs from the target and the output fields', async () => {
  expect(await described(claimsDocument)).toEqual({
    signature: {
      inputs: [
        { name: 'age', datatype: 'FP64', shape: [-1] },
        { name: 'salary', datatype: 'FP64', shape: [-1] },
        { name: 'car location', datatype: 'BYTES', shape: [-1] },
      ],
      outputs: [
        { name: 'number_of_claims', datatype: 'FP64', shape: [-1] },
        { name: 'whole years', datatype: 'FP64', shape: [-1] },
      ],
    },
    columns: { unknown: 'Its input "car location" is a string, and rows are of numbers.' },
  });
});

test('numbers alone are columns; a classification without output fields tells its probabilities', async () => {
  const { signature, columns } = await described(logisticDocument);
  expect(columns).toEqual(['x']);
  expect(signature.outputs.map(({ name, datatype }) => [name, datatype])).toEqual([
    ['buys', 'BYTES'],
    ['probability(no)', 'FP64'],
    ['probability(yes)', 'FP64'],
  ]);
});

test('of three categories no single number tells', async () => {
  const three = logisticDocument.replace('<Value value="yes"/>', '<Value value="yes"/><Value value="later"/>');
  expect((await described(three)).columns).toEqual({ unknown: expect.stringMatching(/two categories/) });
});

test('what cannot be evaluated is refused with the reason', async () => {
  await expect(described('<PMML><Header>')).rejects.toMatchObject({ code: 'invalid_argument' });
  await expect(described(claimsDocument.replaceAll('RegressionModel', 'NeuralNetworkModel'))).rejects.toThrow(
    /NeuralNetwork/,
  );
});
