import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { claimsDocument, logisticDocument } from '../../packages/server/src/platform/testing/pmml-documents.ts';
import { Sandbox, type Program } from './sandbox.ts';

// A version as one file: made with the platform, served without it, checked against itself.

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const sandbox = new Sandbox();
const at = (name: string): string => join(sandbox.project, name);
let made: Record<string, { path: string; id: string; samples: number }> = {};

beforeAll(async () => {
  const platform = await sandbox.up();
  writeFileSync(at('logistic.pmml'), logisticDocument);
  writeFileSync(at('claims.pmml'), claimsDocument);
  for (const name of ['logistic', 'claims']) {
    expect(await platform.mulle('register', name, `${name}.pmml`)).toMatchObject({ code: 0 });
    const ended = await platform.mulle('package', `${name}@1`, '-o', `${name}.tar`, '--json');
    expect(ended.code, ended.stderr).toBe(0);
    made = { ...made, [name]: JSON.parse(ended.stdout) };
  }
  const again = await platform.mulle('package', 'logistic', '-o', 'again.tar', '--json');
  expect(JSON.parse(again.stdout)).toMatchObject({ id: made['logistic']?.id });
  expect(readFileSync(at('again.tar')).equals(readFileSync(at('logistic.tar')))).toBe(true);
  expect(await platform.stop()).toBe(0);
});
afterAll(() => sandbox.remove());

async function served(name: string): Promise<{ program: Program; url: string; checked: number }> {
  const program = sandbox.start(['serve', name, '--port', '0', '--json']);
  const line = await new Promise<string>((resolve, reject) => {
    program.child.stdout?.on('data', () => {
      if (program.said.stdout.includes('\n')) resolve(program.said.stdout);
    });
    void program.ended.then(({ stderr }) => reject(new Error(stderr)), reject);
  });
  const { dataUrl, checked } = JSON.parse(line) as { dataUrl: string; checked: number };
  return { program, url: dataUrl, checked };
}

async function post(url: string, body: unknown): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return response.json();
}

test('served without the platform, rows and tensors answer as they are defined', async () => {
  const rows = await served('logistic.tar');
  expect(rows.checked).toBeGreaterThan(0);
  expect(await post(`${rows.url}/v1/endpoints/logistic/predict`, { input: { x: 1.5 } })).toMatchObject({
    score: expect.closeTo(1 - 1 / (1 + Math.exp(-2)), 15),
    metadata: { source: 'variant', model_version: '1' },
  });
  rows.program.child.kill('SIGTERM');
  expect((await rows.program.ended).code).toBe(0);
  const tensors = await served('claims.tar');
  const column = (name: string, datatype: string, value: unknown) => ({ name, datatype, shape: [1], data: [value] });
  expect(
    await post(`${tensors.url}/v2/models/claims/infer`, {
      inputs: [column('age', 'FP64', 20), column('salary', 'FP64', 1), column('car location', 'BYTES', 'carpark')],
    }),
  ).toMatchObject({
    outputs: [{ name: 'number_of_claims', data: [expect.closeTo(132.37 + 142 + 0.01 + 41.1, 9)] }, {}],
  });
  tensors.program.child.kill('SIGTERM');
  expect((await tensors.program.ended).code).toBe(0);
  await sandbox.nothingRuns(5_000);
});

test('a package that answers otherwise, is damaged, or is reached from outside without a key does not start', async () => {
  const text = readFileSync(at('logistic.tar')).toString('latin1');
  const coefficient = 'coefficient="1"';
  expect(text).toContain(coefficient);
  writeFileSync(at('changed.tar'), Buffer.from(text.replace(coefficient, 'coefficient="2"'), 'latin1'));
  writeFileSync(at('cut.tar'), Buffer.from(text.slice(0, -1_900), 'latin1'));
  writeFileSync(at('other.tar'), Buffer.from(text.replace(/"score":\[0\.\d/, '"score":[0.0'), 'latin1'));
  const cases: [string[], RegExp][] = [
    [['absent.tar'], /no file absent\.tar/],
    [['logistic.pmml'], /no archive/],
    [['changed.tar'], /bytes of [0-9a-f]{64} are others/],
    [['cut.tar'], /cut off/],
    [['other.tar'], /answers otherwise than where it was made: score\[0\]/],
    [['logistic.tar', '--host', '0.0.0.0'], /need a key/],
  ];
  for (const [args, message] of cases) {
    const ended = await sandbox.mulle(['serve', ...args, ...(args.length === 1 ? ['--port', '0'] : [])]);
    expect(ended.stderr, args.join(' ')).toMatch(message);
    expect(ended.code).not.toBe(0);
  }
  await sandbox.nothingRuns(5_000);
});
