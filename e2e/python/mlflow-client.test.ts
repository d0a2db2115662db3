import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../platform/eventually.ts';
import { Sandbox, type Platform } from '../platform/sandbox.ts';
import { runScript } from './interop/scripts.ts';

// The unmodified client of MLflow: what it logs, it finds again; what it registers is one command away from serving.
// MULLE_TEST_ARTIFACT_MB sets the size of the large file; 2000 for the whole proof.

const buildMs = 300_000;
const sandbox = new Sandbox();
let platform: Platform;

beforeAll(async () => {
  platform = await sandbox.up(['--ephemeral'], { env: { MULLE_WEBHOOKS_ALLOW_PRIVATE: 'true' } });
});
afterAll(() => sandbox.remove());

function tell(script: string, ...more: string[]): Promise<Record<string, unknown>> {
  return runScript(script, platform.controlUrl, sandbox.project, ...more);
}

/** Of the model that was logged: inputs, and what it answers to them where it was made. */
let made: { row: Record<string, number>; score: number };

describe('MLflow’s Python client', () => {
  test(
    'runs: logged by hand and by themselves, nested, resumed, side by side, stopped',
    async () => {
      expect(await tell('tracking')).toEqual({
        'changed parameter': 'INVALID_PARAMETER_VALUE',
        'same parameter': null,
        run: ['첫 번째', 'FINISHED', 0.2, 6_000, null],
        special: ['nan', '1.7976931348623157e+308', '-1.7976931348623157e+308'],
        history: [0, 1, 2, 3, 4].map((step) => [step, 1 / (step + 1)]),
        'child of': true,
        artifacts: ['d.json', 'dir/note.txt', 'plots/curve.png', 'table.json'],
        text: 'hello 물레',
        dict: { a: [1, 2] },
        table: ['왜?', 'how?', 'when?'],
        dataset: [['numbers', 'validation']],
        'too many': null,
        twice: 'INVALID_PARAMETER_VALUE',
        dense: [10_000, true, null],
        resumed: ['FINISHED', 1],
        'side by side': 16 * 25,
        stopped: ['INVALID_PARAMETER_VALUE', 'KILLED'],
        autologged: {
          best: true,
          score: true,
          children: 3,
          files: [
            'cv_results.csv',
            'estimator.html',
            'training_confusion_matrix.png',
            'training_precision_recall_curve.png',
            'training_roc_curve.png',
          ],
          models: 2,
          dataset: true,
        },
        system: ['system/cpu_utilization_percentage', 'system/system_memory_usage_megabytes'],
        'write to deleted': 'INVALID_PARAMETER_VALUE',
        restored: 'active',
      });
    },
    buildMs,
  );

  test('stages: Staging at will, Production once what the project asks for is there', async () => {
    const models = [{ name: 'guarded-model', policies: [{ aliases: ['production'], approval: true }] }];
    const serving = { featureServices: [], endpoints: [], monitors: [] };
    const data = { sources: [], datasets: [], featureViews: [], pipelines: [], triggers: [] };
    const manifest = { schemaVersion: 1, project: 'chat', ...data, ...serving, models } as const;
    await platform.control.call('applyManifest', { body: manifest });
    expect(await tell('stages', 'before')).toEqual({
      staging: 'Staging',
      refused: ['PERMISSION_DENIED', expect.stringContaining('approv')],
      'alias refused': 'PERMISSION_DENIED',
      unmoved: 'Staging',
    });
    const params = { model: 'guarded-model', version: 1 };
    await platform.control.call('createApproval', { params, body: { verdict: 'approved', reason: 'Seen to work.' } });
    expect(await tell('stages', 'after')).toEqual({ production: 'Production', answer: ['echo 안녕?'] });
  });

  test(
    'a model is logged, registered, staged, loaded by each of its addresses',
    async () => {
      const told = await tell('models');
      expect(told).toMatchObject({
        dataset: 'iris',
        logged: ['READY', [true]],
        version: [true, 'Production', ['champion']],
        loads: Array.from({ length: 7 }, () => true),
        native: 'LogisticRegression',
        'own code': [2, 42],
        stages: ['Archived', 'Production'],
        latest: [
          ['Archived', '1'],
          ['Production', '2'],
        ],
        found: [['chatbot-model'], ['1', '2'], ['1'], '두 번째'],
        copied: true,
        refused: [
          'RESOURCE_ALREADY_EXISTS',
          'RESOURCE_DOES_NOT_EXIST',
          ...Array.from({ length: 4 }, () => 'INVALID_PARAMETER_VALUE'),
        ],
        gone: 'RESOURCE_DOES_NOT_EXIST',
        labels: [1, 0],
      });
      made = { row: Object(told['row']), score: Number(told['score']) };
    },
    buildMs,
  );

  test(
    'what was registered is served by MLflow itself',
    async () => {
      expect(await tell('serve', JSON.stringify(made.row))).toEqual({ answer: { predictions: [0] } });
    },
    buildMs,
  );

  test(
    'what was registered answers after one command, as it did where it was made',
    async () => {
      expect(await platform.mulle('deploy', 'chatbot-model@champion')).toMatchObject({ code: 0 });
      const { features } = await platform.control.call('getModelVersion', {
        params: { model: 'chatbot-model', version: 1 },
      });
      const values = Object.values(made.row);
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
      expect(score).toBeCloseTo(made.score, 12);
    },
    buildMs,
  );

  test('prompts, traces with feedback, evaluations with scorers of one’s own', async () => {
    expect(await tell('genai')).toEqual({
      prompt: ['Hello Jun, 안녕하세요', 1, [{ role: 'user', content: 'Hi Jun' }], 2, ['greeting'], 0],
      trace: [['answer', 'look up'], 'OK', 'faq', 's-1', { question: 'why?' }],
      failed: ['ERROR', 'ERROR', true],
      assessments: [
        ['helpful', false, true],
        ['helpful', true, false],
      ],
      expectation: { text: '42' },
      searches: [1, 1, 1, 1, 1, 1, 2, 1],
      evaluated: [0.5, 2, 0.5],
      dataset: ['questions', 1],
      'by dataset': 1,
      scorers: ['exact'],
      deleted: 1,
      gone: true,
    });
  });
});

test('webhooks: made, tested, told and disabled by the client', async () => {
  const heard: string[] = [];
  const receiver = createServer((message, reply) => {
    let body = '';
    message.on('data', (piece) => (body += String(piece)));
    message.on('end', () => {
      const { entity, data } = JSON.parse(body);
      heard.push(`${entity} ${data.name} ${String(message.headers['x-mlflow-signature']).slice(0, 3)}`);
      reply.end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const address = receiver.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  expect(await tell('webhooks', `http://127.0.0.1:${port}/hook`)).toEqual({
    made: ['hook', 'd', ['registered_model.created', 'model_version_alias.created'], 'ACTIVE'],
    listed: [true],
    tested: [true, 200],
    disabled: 'DISABLED',
    'bad name': 'INVALID_PARAMETER_VALUE',
    'bad scheme': 'INVALID_PARAMETER_VALUE',
  });
  await eventually(
    'the change is told',
    () => heard.length,
    (count) => count >= 3,
    30_000,
  );
  receiver.close();
  expect(heard).toEqual([
    'registered_model example_model v1,',
    'model_version_alias example_model v1,',
    'registered_model hooked v1,',
  ]);
});

describe('artifacts', () => {
  test(
    'a large file streams up and down in constant memory',
    async () => {
      const megabytes = Number(process.env['MULLE_TEST_ARTIFACT_MB'] ?? 200);
      const pid = sandbox.pidOf('control');
      const kilobytes = (line: string): number =>
        Number(new RegExp(`^${line}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
      // The peak is counted from here on.
      writeFileSync(`/proc/${pid}/clear_refs`, '5');
      const before = kilobytes('VmRSS');
      expect(await tell('artifacts', String(megabytes))).toEqual({
        listed: [['data/large 큰.bin', megabytes * 1024 ** 2]],
        same: true,
        escapes: [400, 400, 400, 400],
      });
      expect((kilobytes('VmHWM') - before) / 1024).toBeLessThan(80);
    },
    buildMs,
  );

  test('a client killed in the middle of an upload leaves nothing to be seen', async () => {
    const path = '/api/2.0/mlflow-artifacts/artifacts/0/half/file.bin';
    const upload = request(`${platform.controlUrl}${path}`, {
      method: 'PUT',
      headers: { 'content-length': 1_000_000 },
    });
    const gone = new Promise((resolve) => upload.once('error', resolve));
    await new Promise<void>((resolve) => upload.write(Buffer.alloc(500_000), () => resolve()));
    upload.destroy();
    await gone.catch(() => undefined);
    const listed = await fetch(`${platform.controlUrl}/api/2.0/mlflow-artifacts/artifacts?path=0/half`);
    expect(await listed.json()).toEqual({});
    expect((await fetch(`${platform.controlUrl}${path}`)).status).toBe(404);
  });
});

test('a reset leaves an empty installation', async () => {
  await platform.control.call('reset', { body: { artifact_root: null } });
  expect((await platform.control.call('listExperiments', {})).items).toMatchObject([{ id: '0', runs: 0 }]);
});
