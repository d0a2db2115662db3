import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { logisticModel } from '../../packages/server/src/plane/testing/onnx-fixture.ts';
import { eventually } from './eventually.ts';
import { Sandbox, type Platform } from './sandbox.ts';

const sandbox = new Sandbox();
let platform: Platform;

beforeAll(async () => {
  platform = await sandbox.up();
});
afterAll(() => sandbox.remove());

interface Answer {
  score: number;
  label?: string;
  explanation?: { rules: { rule: string; variant_score?: number }[] };
  metadata: { source: string; model_version: string | null; request_id: string; experiment_group: string | null };
}

/** Applies an example's project file, as its reader would. */
async function apply(name: string): Promise<void> {
  const file = fileURLToPath(new URL(`../../examples/rules/${name}.config.ts`, import.meta.url));
  expect(await platform.mulle('apply', '--file', file)).toMatchObject({ code: 0 });
}

async function register(model: string, features: string[], weights: number[], intercept: number): Promise<void> {
  const { digest } = await platform.control.putBlob(Buffer.from(logisticModel(weights, intercept)));
  const lineage = {
    runId: null,
    datasetVersion: null,
    featureService: null,
    codeDigest: null,
    parameters: {},
    seed: null,
    environment: {},
  };
  const body = { artifactDigest: digest, features, metrics: {}, lineage, description: 'For the example.' };
  await platform.control.call('createModelVersion', { params: { model }, body });
}

async function ask(endpoint: string, input: object, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(`${platform.dataUrl}/v1/endpoints/${endpoint}/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ input, explain: true }),
  });
  expect(response.status).toBe(200);
  return (await response.json()) as Answer;
}

const served = (endpoint: string, input: object, version: string | null) =>
  eventually(
    `${endpoint} is answered by ${version}`,
    async () => {
      const response = await fetch(`${platform.dataUrl}/v1/endpoints/${endpoint}/predict`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ input }),
      });
      return response.status === 200 ? ((await response.json()) as Answer).metadata.model_version : undefined;
    },
    (answered) => answered === version,
    20_000,
  );

test('spam: rules first, the model after; every rule explains itself and is counted', async () => {
  await apply('spam');
  await register('spam', ['links'], [1], -2);
  expect(await platform.mulle('deploy', 'spam@1')).toMatchObject({ code: 0 });
  await served('spam', { text: 'see you', sender_known: false, links: 2 }, '1');
  const rest = await ask('spam', { text: 'see you', sender_known: false, links: 2 });
  expect(rest).toMatchObject({ score: 0.5, metadata: { source: 'variant' } });
  const clear = await ask('spam', { text: 'Free Money', sender_known: false, links: 2 });
  expect(clear).toMatchObject({ score: 1, label: 'spam', metadata: { source: 'rule', model_version: null } });
  expect(clear.explanation?.rules).toMatchObject([{ rule: 'listed-words' }]);
  await eventually(
    'the hit is counted',
    async () => {
      const { items } = await platform.control.call('getRuleHits', { params: { name: 'spam-words', version: 1 } });
      return items.find(({ rule }) => rule === 'listed-words')?.hits;
    },
    (hits) => hits === 1,
    20_000,
  );
  const explained = await platform.mulle('explain', clear.metadata.request_id);
  expect(explained.stdout).toMatch(/listed-words: decide when[\s\S]*only spam has[\s\S]*rules-before/);
});

test('fraud: the model first, policy after, with the answer of the model kept beside it', async () => {
  await apply('fraud');
  await register('fraud', ['amount'], [0.001], -4);
  expect(await platform.mulle('deploy', 'fraud@1')).toMatchObject({ code: 0 });
  await served('fraud', { amount: 4_000, otp_confirmed: false }, '1');
  const stopped = await ask('fraud', { amount: 8_000, otp_confirmed: false });
  // The logistic function of 4.
  expect(stopped.score).toBeCloseTo(0.982014, 4);
  const allowed = await ask('fraud', { amount: 8_000, otp_confirmed: true });
  expect(allowed).toMatchObject({ score: 0.05, label: 'allowed', metadata: { source: 'rule', model_version: '1' } });
  expect(allowed.explanation?.rules[0]?.variant_score).toBeCloseTo(0.982014, 4);
  // Rules learned from what the model answered, a draft until somebody has read them.
  const amounts = Array.from({ length: 240 }, (_, index) => (index * 37) % 8_000);
  for (const amount of amounts) await ask('fraud', { amount, otp_confirmed: false });
  const learned = await platform.mulle('rules', 'learn', 'fraud', '--name', 'fraud-learned', '--json');
  expect(learned.code, learned.stdout + learned.stderr).toBe(0);
  const version = JSON.parse(learned.stdout) as {
    state: string;
    distilledFrom: { rSquared: number; agreement: number };
  };
  expect(version).toMatchObject({ state: 'draft', distilledFrom: { model: 'fraud', version: 1 } });
  expect(version.distilledFrom.rSquared).toBeGreaterThan(0.9);
  expect(version.distilledFrom.agreement).toBeGreaterThan(0.9);
  const deployed = await platform.mulle('deploy', 'rules:fraud-learned@1', '--endpoint', 'fraud');
  expect(deployed).toMatchObject({ code: 5, stderr: expect.stringMatching(/is a draft/) });
});

test('process control: rules alone, with continuous answers', async () => {
  await apply('process-control');
  expect(await platform.mulle('deploy', 'rules:setpoint', '--endpoint', 'furnace')).toMatchObject({ code: 0 });
  await served('furnace', { temperature: 70, load: 0.25 }, '1');
  expect(await ask('furnace', { temperature: 70, load: 0.25 })).toMatchObject({ score: 65 });
  expect(await ask('furnace', { temperature: 95, load: 1 })).toMatchObject({ score: 20, label: 'safe' });
});

test('faq: rules now, a model by blue/green later: previewed, switched, and switched back', async () => {
  await apply('faq');
  const question = { question: 'When are you open?', words: 4 };
  expect(await platform.mulle('deploy', 'rules:faq-answers', '--endpoint', 'faq')).toMatchObject({ code: 0 });
  await served('faq', question, '1');
  expect(await ask('faq', question)).toMatchObject({ label: 'We are open from nine to six.' });
  await register('faq', ['words'], [1], -4);
  expect(await platform.mulle('deploy', 'faq@1', '--endpoint', 'faq')).toMatchObject({ code: 0 });
  await eventually(
    'the model is previewed',
    async () => (await ask('faq', question, { 'x-mulle-preview': 'challenger' })).metadata.experiment_group,
    (group) => group === 'preview',
    20_000,
  );
  expect(await ask('faq', question)).toMatchObject({ label: 'We are open from nine to six.' });
  for (const group of ['challenger', 'incumbent']) {
    expect(await platform.mulle('releases', 'switch', 'faq', '--reason', `to ${group}`)).toMatchObject({ code: 0 });
    await eventually(
      `the ${group} answers`,
      async () => (await ask('faq', question)).metadata.experiment_group,
      (answered) => answered === group,
      20_000,
    );
  }
});
