import { expect, test } from 'vitest';
import { resolveTemplates, templateReferences } from './templates.ts';

const scope = {
  parameters: { seed: 7, 'as-of': '2001-02-01' },
  outputs: { 'train.v2': { model: 'abc', metrics: { auc: 0.7 } } },
};

test('text is put in as it is, all else as JSON, at any depth', () => {
  expect(
    resolveTemplates(
      { a: '${parameters.seed}', b: ['from ${parameters.as-of}'], c: { d: '${tasks.train.v2.model}', e: 3, f: null } },
      scope,
    ),
  ).toEqual({ a: '7', b: ['from 2001-02-01'], c: { d: 'abc', e: 3, f: null } });
  expect(resolveTemplates('${tasks.train.v2.metrics}', scope)).toBe('{"auc":0.7}');
});

test('what is put in is no template', () => {
  const parameters = { a: '${parameters.b}$&', b: 'secret' };
  expect(resolveTemplates('${parameters.a}', { parameters, outputs: {} })).toBe('${parameters.b}$&');
});

test.each(['${parameters.none}', '${parameters.constructor}', '${tasks.train.v2.none}', '${tasks.x.y}', '${seed}'])(
  '%s refers to nothing',
  (text) => {
    expect(() => resolveTemplates(text, scope)).toThrow(/refers to nothing/);
  },
);

test('lists what it refers to', () => {
  expect(templateReferences({ a: ['${parameters.seed} ${tasks.train.v2.model}'], b: '${oops}' })).toEqual({
    parameters: ['seed'],
    outputs: [{ task: 'train.v2', output: 'model' }],
    unreadable: ['${oops}'],
  });
});
