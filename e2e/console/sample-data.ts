/** What people and their programs leave on a platform, told by the routes that they use. */
import type { ControlClient } from '@mulle/client';
import { emptyProject } from '../../packages/console/mock/project.ts';
import { logisticModel } from '../../packages/server/src/plane/testing/onnx-fixture.ts';

export interface SampleData {
  /** A run that is still running, with curves and what it measured of its machine. */
  readonly liveRun: string;
  readonly trace: string;
  readonly prompt: string;
}

const prompt = 'answer-question';
const hex = (number: number, digits: number): string => number.toString(16).padStart(digits, '0');

async function post(base: string, path: string, body: unknown, headers: Record<string, string> = {}): Promise<void> {
  const response = await fetch(`${base}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
}

/** As OpenTelemetry's exporters send them: a root and children in layers. */
function spansOf(traceId: string, count: number): unknown[] {
  const startNs = BigInt(Date.now() - 60_000) * 1_000_000n;
  const at = (us: number): string => String(startNs + BigInt(us) * 1_000n);
  const text = (key: string, value: unknown): unknown => ({ key, value: { stringValue: JSON.stringify(value) } });
  return Array.from({ length: count }, (_, index) => {
    const parent = index === 0 ? undefined : hex(index % 12 === 1 ? 1 : index - ((index - 1) % 12), 16);
    return {
      traceId,
      spanId: hex(index + 1, 16),
      parentSpanId: parent,
      name: index === 0 ? '질문에 답하기' : index % 12 === 1 ? `step ${(index + 11) / 12}` : 'complete',
      startTimeUnixNano: at(index * 100),
      endTimeUnixNano: at(index === 0 ? count * 100 : index * 100 + 90),
      status: index === 5 ? { code: 2, message: 'TimeoutError: no answer in 3 s' } : { code: 1 },
      attributes: [
        text('mlflow.spanType', index === 0 ? 'CHAIN' : 'LLM'),
        text('mlflow.spanInputs', { messages: [{ role: 'user', content: '물레가 뭐예요?' }] }),
        text('mlflow.spanOutputs', { answer: '돌아가는 바퀴예요.' }),
      ],
    };
  });
}

async function writeRuns(control: ControlClient): Promise<string> {
  const begin = (name: string, parameters: Record<string, string>) =>
    control.call('createRun', {
      body: {
        experiment: 'sentiment',
        name,
        parameters,
        tags: { 'mlflow.source.name': 'python train.py', 'mlflow.note.content': '# 왜\n**깊이**를 봐요.' },
      },
    });
  for (let index = 0; index < 12; index += 1) {
    const { id } = await begin(`문장 분류 ${index}`, { depth: String(4 + (index % 3)) });
    const metrics = [{ key: 'accuracy', value: 0.7 + index / 100, step: 0, timeMs: Date.now() }];
    await control.call('logRun', { params: { id }, body: { metrics } });
    await control.call('endRun', { params: { id }, body: { status: index === 3 ? 'failed' : 'finished' } });
  }
  const { id } = await begin('live', { depth: '8' });
  const keys = ['train/loss', 'system/cpu_utilization_percentage'];
  const metrics = keys.flatMap((key) =>
    Array.from({ length: 40 }, (_, step) => ({ key, value: 1 / (step + 1), step, timeMs: Date.now() + step })),
  );
  await control.call('logRun', { params: { id }, body: { metrics } });
  return id;
}

export async function writeSampleData(base: string, control: ControlClient, spans: number): Promise<SampleData> {
  const liveRun = await writeRuns(control);
  const { items } = await control.call('listExperiments', {});
  const experiment = items.find(({ name }) => name === 'sentiment')?.id ?? '';
  const traceId = hex(0xa11ce, 32);
  const all = spansOf(traceId, spans);
  for (let from = 0; from < all.length; from += 2_000)
    await post(
      base,
      '/v1/traces',
      { resourceSpans: [{ resource: {}, scopeSpans: [{ scope: {}, spans: all.slice(from, from + 2_000) }] }] },
      { 'x-mlflow-experiment-id': experiment },
    );
  const mlflow = '/api/2.0/mlflow';
  const marked = { key: 'mlflow.prompt.is_prompt', value: 'true' };
  await post(base, `${mlflow}/registered-models/create`, { name: prompt, tags: [marked] });
  for (const text of ['Answer {{question}} in one sentence.', 'Answer {{question}} in two sentences.'])
    await post(base, `${mlflow}/model-versions/create`, {
      name: prompt,
      source: 'prompt',
      tags: [marked, { key: 'mlflow.prompt.text', value: text }],
    });
  return { liveRun, trace: `tr-${traceId}`, prompt };
}

/** A model behind the endpoint `risk`, whose champion must be good, described and approved. */
export async function serveModel(control: ControlClient): Promise<void> {
  const { digest } = await control.putBlob(Buffer.from(logisticModel([0.01, 2], 0)));
  const lineage = {
    runId: null,
    datasetVersion: null,
    featureService: null,
    codeDigest: null,
    parameters: {},
    seed: null,
    environment: {},
  };
  await control.call('createModelVersion', {
    params: { model: 'risk' },
    body: { artifactDigest: digest, features: ['amount', 'night'], metrics: { auc: 0.91 }, lineage },
  });
  await control.call('describeModel', {
    params: { model: 'risk' },
    body: { description: '## 용도\n늦은 밤의 **큰 금액**을 가려요.' },
  });
  await control.call('applyManifest', {
    body: {
      ...emptyProject,
      models: [
        {
          name: 'risk',
          policies: [
            {
              aliases: ['champion'],
              approval: true,
              checks: [
                { kind: 'metric', name: 'good enough', metric: 'auc', atLeast: 0.9 },
                { kind: 'model-card', name: 'described' },
              ],
            },
          ],
        },
      ],
      endpoints: [
        {
          name: 'risk',
          inputs: [
            { name: 'amount', type: 'number', minimum: 0, unit: 'KRW' },
            { name: 'night', type: 'boolean' },
          ],
          policy: { kind: 'single' },
          fallback: [{ kind: 'default', score: 0 }],
          timeout: '2s',
        },
      ],
    },
  });
  await control.call('deploy', { params: { name: 'risk' }, body: { model: 'risk', version: 1 } });
}
