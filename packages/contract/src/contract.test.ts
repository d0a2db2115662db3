import { Value } from 'typebox/value';
import { describe, expect, test } from 'vitest';
import { durationMs, errorTable, Manifest, Task, variantId } from './index.ts';

describe('contract', () => {
  test('durations', () => {
    expect(durationMs('15m')).toBe(900_000);
    expect(durationMs('7d')).toBe(604_800_000);
    expect(() => durationMs('7 days')).toThrow(/is not a duration/);
  });

  test('a task with an option of another kind is refused', () => {
    const ingest = { name: 'ingest', kind: 'ingest', with: { dataset: 'flights', source: 'history' } };
    expect(Value.Check(Task, ingest)).toBe(true);
    expect(Value.Check(Task, { ...ingest, with: { ...ingest.with, algorithm: 'constant' } })).toBe(false);
    expect(Value.Check(Task, { ...ingest, kind: 'shell' })).toBe(false);
  });

  test('a manifest with an unknown key is refused', () => {
    const empty = {
      schemaVersion: 1,
      project: 'p',
      sources: [],
      datasets: [],
      featureViews: [],
      featureServices: [],
      endpoints: [],
      pipelines: [],
      triggers: [],
      monitors: [],
    };
    expect(Value.Check(Manifest, empty)).toBe(true);
    expect(Value.Check(Manifest, { ...empty, endpoint: [] })).toBe(false);
  });

  test('variant ids tell kinds apart', () => {
    const ids = [
      variantId({ kind: 'model', model: 'm', version: 1 }),
      variantId({ kind: 'rules', ruleSet: 'm', version: 1 }),
      variantId({ kind: 'chain', chain: 'm', version: 1 }),
      variantId({ kind: 'prompt', prompt: 'm', version: 1, llm: 'gpt-4o-mini' }),
    ];
    expect(new Set(ids).size).toBe(4);
  });

  test('every error has an HTTP status of failure', () => {
    for (const row of Object.values(errorTable)) expect(row.httpStatus).toBeGreaterThanOrEqual(400);
  });
});
