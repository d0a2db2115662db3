import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../platform/eventually.ts';
import { Sandbox, type Platform } from '../platform/sandbox.ts';
import { makersPython } from './makers-python.ts';

// The unmodified client of MLflow: what it logs, it finds again; what it registers is one command away from serving.

const buildMs = 300_000;
const sandbox = new Sandbox();
let platform: Platform;
let told: Record<string, unknown>;

beforeAll(async () => {
  const python = await makersPython();
  platform = await sandbox.up(['--ephemeral']);
  const script = fileURLToPath(new URL('./mlflow_client.py', import.meta.url));
  const environment = { ...process.env, MLFLOW_HTTP_REQUEST_MAX_RETRIES: '1', GIT_PYTHON_REFRESH: 'quiet' };
  const { stdout } = await promisify(execFile)(python, [script, platform.controlUrl], {
    cwd: sandbox.project,
    env: environment,
  });
  told = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}, buildMs);
afterAll(() => sandbox.remove());

describe('MLflow’s Python client', () => {
  test('runs with metrics, parameters and artifacts', () => {
    expect(told).toMatchObject({
      run: ['첫 번째', 'FINISHED', 0.2, 'nan', Number.MAX_VALUE, 6_000],
      history: [0, 1, 2, 3, 4].map((step) => [step, 1 / (step + 1)]),
      dense: 1_000,
      artifacts: ['d.json', 'dir', 'dir/note.txt'],
      text: 'hello 물레',
      dataset: 'iris',
    });
  });

  test('searches', () => {
    const first = '첫 번째';
    expect(told['searches']).toEqual([[first], ['child', first], [first, 'child'], [first], ['child'], [first]]);
    expect(told).toMatchObject({ deleted: [first], restored: ['child', first] });
  });

  test('what is wrong is refused in its own words', () => {
    expect(told).toMatchObject({
      'changed parameter': 'INVALID_PARAMETER_VALUE',
      'bad filter': 'INVALID_PARAMETER_VALUE',
      escape: 400,
    });
  });

  test('a model is logged, registered, staged, and loaded by each of its addresses', () => {
    expect(told).toMatchObject({ version: [true, 'Production', ['champion']], loads: [true, true, true, true, true] });
  });

  test('prompts and traces', () => {
    expect(told).toMatchObject({ prompt: 'Hello Jun, 안녕하세요', spans: ['answer', 'look up'] });
  });

  test(
    'what was registered answers after one command, as it did where it was made',
    async () => {
      expect(await platform.mulle('deploy', 'chatbot-model@champion')).toMatchObject({ code: 0 });
      const { features } = await platform.control.call('getModelVersion', {
        params: { model: 'chatbot-model', version: 1 },
      });
      const values = Object.values(told['row'] ?? {});
      const input = Object.fromEntries(features.map((feature, index) => [feature, values[index]]));
      const score = await eventually(
        'the model answers',
        () =>
          platform.inference.predict('chatbot-model', input).then(
            (answer) => answer.score,
            () => Number.NaN,
          ),
        (value) => !Number.isNaN(value),
        buildMs,
      );
      expect(score).toBeCloseTo(Number(told['score']), 12);
    },
    buildMs,
  );
});
