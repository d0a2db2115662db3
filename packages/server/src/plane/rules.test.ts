import type { Decision, Rule, ServableRuleSet, SnapshotEndpoint } from '@mulle/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { logisticModel } from './testing/onnx-fixture.ts';
import { eventually, numberEndpoint, PlaneFixture } from './testing/plane-fixture.ts';

const predict = '/v1/endpoints/e/predict';
const explanation = { en: 'The list says so.', ko: '목록에 있어요.' };
let plane: PlaneFixture;

function ruleSet(name: string, rules: Omit<Rule, 'explanation'>[]): ServableRuleSet {
  const definition = { name, rules: rules.map((rule) => ({ ...rule, explanation })), tests: [] };
  return { id: `rules:${name}@1`, version: '1', definition };
}

const before = ruleSet('clear', [
  { name: 'listed', when: 'input.word == "free"', effect: { kind: 'decide', score: 1, label: 'spam' } },
  // The model answers by f0 alone: enriching it is seen in the score.
  { name: 'raise', when: 'input.word == "urgent"', effect: { kind: 'enrich', set: { f0: '2.0' } } },
  { name: 'broken', when: 'input.word > 3', effect: { kind: 'decide', score: 0.25 } },
]);
const after = ruleSet('policy', [
  { name: 'known', when: 'input.word == "friend" && score > 0.1', effect: { kind: 'override', score: '0.1 * score' } },
]);

beforeAll(async () => {
  plane = await PlaneFixture.create();
  const digest = await plane.putBlob(logisticModel([1], 0));
  const endpoint = numberEndpoint(1, [{ version: 1, digest }]);
  const { inputs } = endpoint.definition;
  const definition = { ...endpoint.definition, inputs: [...inputs, { name: 'word', type: 'string' as const }] };
  const rules = { before, after };
  const one = { ...endpoint, definition, rules };
  const faq = ruleSet('faq', [
    { name: 'hours', when: 'input.word == "hours"', effect: { kind: 'decide', score: 1, label: 'Nine to six.' } },
  ]);
  const released: SnapshotEndpoint = {
    ...one,
    definition: { ...definition, name: 'faq', fallback: [{ kind: 'default', score: 0 }] },
    variants: [],
    ruleVariants: [faq],
    rules: {},
    release: { id: 'r-faq', strategy: { kind: 'single', variant: { kind: 'rules', ruleSet: 'faq', version: 1 } } },
  };
  const raise = ruleSet('raise', [
    { name: 'low', when: 'input.f0 < 1.0', effect: { kind: 'enrich', set: { f0: '2.0' } } },
  ]);
  const numeric = { ...endpoint, definition: { ...endpoint.definition, name: 'numeric' }, rules: { before: raise } };
  const version = plane.publisher.define({ endpoints: [one, released, numeric] });
  await plane.start();
  await plane.serves(version);
});
afterAll(() => plane.remove());

interface Answer {
  score: number;
  label?: string;
  explanation?: { rules: Record<string, unknown>[]; served_variant: string | null };
  metadata: { source: string; model_version: string | null; experiment_id: string | null };
}

async function ask(word: string, more: Record<string, unknown> = {}, id = ''): Promise<Answer> {
  const headers: Record<string, string> = id === '' ? {} : { 'x-request-id': id };
  return (await plane.post(predict, { input: { f0: 0, word }, ...more }, headers)).json as Answer;
}

async function decisionOf(id: string): Promise<Decision> {
  let decision: unknown;
  await eventually(async () => {
    decision = (await plane.events('decisions')).find((one) => one.id === id)?.value;
    return decision !== undefined;
  });
  return decision as Decision;
}

test('clear cases are answered before any variant, and say why when asked', async () => {
  const answer = await ask('free', { explain: true }, 'clear');
  expect(answer).toMatchObject({ score: 1, label: 'spam', metadata: { source: 'rule', model_version: null } });
  expect(answer.explanation?.rules).toEqual([
    { row: 0, stage: 'before', rule_set: 'rules:clear@1', rule: 'listed', effect: 'decide', explanation },
  ]);
  const decision = await decisionOf('clear');
  expect(decision).toMatchObject({ source: 'rule', label: 'spam', score: 1, releaseId: null, assignedVariant: null });
  expect(decision.rules).toEqual([{ stage: 'before', ruleSet: 'rules:clear@1', rule: 'listed', effect: 'decide' }]);
});

test('what no rule answers goes to the model; a broken rule never takes an answer down', async () => {
  const answer = await ask('hello', {}, 'plain');
  expect(answer).toMatchObject({ score: 0.5, metadata: { source: 'variant', model_version: '1' } });
  expect(answer).not.toHaveProperty('label');
  expect(answer).not.toHaveProperty('explanation');
  expect(await decisionOf('plain')).not.toHaveProperty('rules');
});

test('rules enrich what the model is given', async () => {
  // The logistic function of 2.
  expect((await ask('urgent', {}, 'raised')).score).toBeCloseTo(0.880797, 5);
  expect(await decisionOf('raised')).toMatchObject({ source: 'variant', features: { f0: 2 } });
});

test('what a rule put in the place of an input is recorded as the model got it', async () => {
  await plane.post('/v1/endpoints/numeric/predict', { input: { f0: 0 } }, { 'x-request-id': 'raised-number' });
  expect(await decisionOf('raised-number')).toMatchObject({ inputs: { f0: 0 }, features: { f0: 2 } });
});

test('rules after the model override it, with its answer kept beside theirs', async () => {
  const answer = await ask('friend', { explain: true }, 'friend');
  expect(answer).toMatchObject({ score: 0.05, metadata: { source: 'rule', model_version: '1' } });
  expect(answer.explanation?.rules[0]).toMatchObject({ rule: 'known', effect: 'override', variant_score: 0.5 });
  expect(await decisionOf('friend')).toMatchObject({ score: 0.05, variantScore: 0.5, servedVariant: 'm@1' });
});

test('rows of one request are each answered by what answers them', async () => {
  const inputs = ['free', 'hello', 'friend'].map((word) => ({ f0: 0, word }));
  const { json } = await plane.post(predict, { inputs }, { 'x-request-id': 'mixed' });
  expect(json).toMatchObject({ scores: [1, 0.5, 0.05], labels: ['spam', null, null] });
  const sources = await Promise.all([0, 1, 2].map(async (row) => (await decisionOf(`mixed#${row}`)).source));
  expect(sources).toEqual(['rule', 'variant', 'rule']);
});

test('an open inference client asks for reasons with a header', async () => {
  const inputs = [
    { name: 'f0', shape: [1], datatype: 'FP64', data: [0] },
    { name: 'word', shape: [1], datatype: 'BYTES', data: ['free'] },
  ];
  const { json } = await plane.post('/v2/models/e/infer', { inputs }, { 'x-mulle-explain': 'true' });
  const { parameters } = json as { parameters: { labels: string; explanation: string } };
  expect(JSON.parse(parameters.labels)).toEqual(['spam']);
  expect(JSON.parse(parameters.explanation)).toMatchObject({ rules: [{ rule: 'listed', explanation }] });
});

test('a rule set is a variant like any other, with fallbacks for what it does not answer', async () => {
  const post = (word: string) => plane.post('/v1/endpoints/faq/predict', { input: { f0: 0, word } });
  const known = await post('hours');
  expect(known.json).toMatchObject({ score: 1, label: 'Nine to six.', metadata: { source: 'variant' } });
  expect(known.headers.get('x-model-version')).toBe('1');
  expect(known.headers.get('x-experiment-group')).toBe('only');
  expect((await post('else')).json).toMatchObject({ score: 0, metadata: { source: 'fallback:default' } });
});
