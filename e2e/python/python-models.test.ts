import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ModelVersion } from '@mulle/contract';
import { eventually } from '../platform/eventually.ts';
import { Sandbox, type Platform } from '../platform/sandbox.ts';
import { makersPython, olderPython } from './makers-python.ts';

// Models that MLflow saved are served as they were made: same packages, same answers as where they were trained.

interface TypedTensor {
  name: string;
  datatype: string;
  shape: number[];
  data: (number | string)[];
}

const buildMs = 300_000;
const models = mkdtempSync(join(tmpdir(), 'mulle-models-'));
const sandbox = new Sandbox();
let platform: Platform;
let python: string;
let told: Record<string, { rows: Record<string, number>[]; scores: number[] }>;
let typed: Record<string, { inputs: TypedTensor[]; outputs: TypedTensor[]; parameters?: Record<string, number> }>;
const versions = new Map<string, ModelVersion>();

beforeAll(async () => {
  python = await makersPython();
  const made = JSON.parse(run(python, 'make_models.py', [models]));
  told = made.rows;
  typed = { ...made.tensors, ...JSON.parse(run(await olderPython(), 'make_typed_models.py', [models])) };
  platform = await sandbox.up();
  for (const name of [...Object.keys(told), ...Object.keys(typed)]) {
    const { code, stdout, stderr } = await platform.mulle('register', name, join(models, name), '--json');
    expect(stderr).toBe('');
    expect(code).toBe(0);
    versions.set(name, JSON.parse(stdout));
  }
}, buildMs);
afterAll(async () => {
  await sandbox.remove();
  rmSync(models, { recursive: true, force: true });
});

/** What a script of this folder prints. */
function run(interpreter: string, script: string, args: readonly string[], input = ''): string {
  const path = fileURLToPath(new URL(script, import.meta.url));
  return execFileSync(interpreter, [path, ...args], { cwd: models, encoding: 'utf8', input, stdio: 'pipe' });
}

async function ask(name: string, row: Record<string, number>): Promise<{ score: number; source: string }> {
  const features = versions.get(name)?.features ?? [];
  const values = Object.values(row);
  const input = Object.fromEntries(features.map((feature, index) => [feature, values[index]]));
  const { score, metadata } = await platform.inference.predict(name, input);
  return { score, source: metadata.source };
}

async function deployed(name: string): Promise<void> {
  expect(await platform.mulle('deploy', `${name}@1`)).toMatchObject({ code: 0 });
  const [row] = told[name]?.rows ?? [];
  await eventually(
    `${name} answers`,
    () => ask(name, row ?? {}).catch(String),
    (answer) => typeof answer === 'object',
    buildMs,
  );
}

describe('models of Python', () => {
  test('columns become fields, flavors are named', () => {
    expect(versions.get('tumours')).toMatchObject({
      flavor: 'sklearn',
      artifact: { format: 'bundle' },
      features: ['mean_radius', 'mean_texture', 'mean_perimeter', 'mean_area', 'mean_smoothness', 'mean_compactness'],
    });
    expect(versions.get('boosted')?.flavor).toBe('xgboost');
    expect(versions.get('pace')).toMatchObject({ flavor: 'python_function', features: ['c0', 'c1'] });
  });

  test.each(['tumours', 'progress', 'boosted', 'pace'])(
    '%s answers what it answered where it was made',
    async (name) => {
      await deployed(name);
      const { rows, scores } = told[name] ?? { rows: [], scores: [] };
      const answers = await Promise.all(rows.map((row) => ask(name, row)));
      expect(new Set(answers.map(({ source }) => source))).toEqual(new Set(['variant']));
      const largest = Math.max(...answers.map(({ score }, row) => Math.abs(score - (scores[row] ?? Number.NaN))));
      expect(largest).toBeLessThanOrEqual(1e-12 * Math.max(1, ...scores.map(Math.abs)));
    },
    buildMs,
  );

  test("NVIDIA's client of the Open Inference Protocol is answered, in bytes and in JSON", () => {
    const { rows, scores } = told['tumours'] ?? { rows: [], scores: [] };
    const features = versions.get('tumours')?.features ?? [];
    const columns = Object.fromEntries(
      features.map((feature, index) => [feature, rows.map((row) => Object.values(row)[index] ?? Number.NaN)]),
    );
    const { host } = new URL(platform.dataUrl);
    const said = run(python, 'ask_with_triton.py', [host, 'tumours', JSON.stringify(columns)]);
    // Answers of the protocol are single precision.
    const single = scores.map((score): unknown => expect.closeTo(score, 6));
    expect(JSON.parse(said)).toEqual({
      live: true,
      ready: true,
      inputs: features,
      extensions: ['binary_tensor_data', 'model_repository'],
      asBytes: single,
      asJson: single,
      asMatrix: single,
      byDefault: single,
    });
  });

  test('a host that is killed is back, and what a model raises is an answer', async () => {
    const host = sandbox.processes().find(({ command }) => command.includes('host.py') && command.includes('python'));
    process.kill(host?.pid ?? 0, 'SIGKILL');
    const [row] = told['tumours']?.rows ?? [];
    await expect(ask('tumours', row ?? {})).resolves.toMatchObject({ source: 'variant' });
    await expect(platform.inference.predict('tumours', {})).rejects.toThrow(/ValueError.*NaN/s);
    await expect(ask('tumours', row ?? {})).resolves.toMatchObject({ source: 'variant' });
  });

  test(
    'typed tensors by name, of versions that nothing else here holds, are answered as where they were made',
    async () => {
      expect(versions.get('mood')).toMatchObject({ features: [], signature: { outputs: [{ datatype: 'BYTES' }] } });
      const names = Object.keys(typed);
      for (const name of names) {
        const columns = name === 'leaves' ? ['--tensors'] : [];
        expect(await platform.mulle('deploy', `${name}@1`, ...columns)).toMatchObject({ code: 0 });
      }
      await eventually(
        'every one is loaded',
        () => Promise.all(names.map(async (name) => (await fetch(`${platform.dataUrl}/v2/models/${name}/ready`)).ok)),
        (ready) => ready.every(Boolean),
        buildMs,
      );
      const cases = names.map((endpoint) => {
        const { inputs, outputs, parameters = {} } = typed[endpoint] ?? { inputs: [], outputs: [] };
        return { endpoint, inputs, outputs: outputs.map(({ name }) => name), parameters };
      });
      const { host } = new URL(platform.dataUrl);
      const said: unknown = JSON.parse(
        run(python, 'ask_tensors_with_triton.py', ['http', host], JSON.stringify(cases)),
      );
      const wanted = names.map((name) => {
        const answers = (typed[name]?.outputs ?? []).map((output) => {
          const data = output.data.map((value): unknown =>
            typeof value === 'number' && output.datatype === 'FP32' ? expect.closeTo(value, 6) : value,
          );
          return [output.name, { shape: output.shape, data }];
        });
        return [Object.fromEntries(answers), Object.fromEntries(answers)];
      });
      expect(said).toEqual(wanted);
    },
    buildMs,
  );

  test(
    'packages that do not install are named, and the endpoint says so',
    async () => {
      expect(await platform.mulle('deploy', 'absent')).toMatchObject({ code: 0 });
      const [row] = told['absent']?.rows ?? [];
      await eventually(
        'the reason is told',
        () => ask('absent', row ?? {}).then(() => 'an answer', String),
        (answer) => /No matching distribution.*scikit-learn==0\.0\.0\.1.*pip_requirements/s.test(answer),
        buildMs,
      );
    },
    buildMs,
  );
});
