import type { ReleasePolicy } from '@mulle/contract';
import { expect, test } from 'vitest';
import { bindPolicy } from '../bind-policy.ts';
import { idOf, Play, version } from '../testing/traffic.ts';

type Policy = Extract<ReleasePolicy, { kind: 'blue-green' }>;

const policy: Policy = {
  kind: 'blue-green',
  gates: [{ metric: 'error-rate', max: 0.02 }],
  minSamples: 50,
  switch: 'gates',
  keepSeconds: 60,
  maxSeconds: 600,
  whenInconclusive: 'rollback',
};
const begin = (changes: Partial<Policy> = {}): Play =>
  new Play(bindPolicy({ ...policy, ...changes }, version(1), [version(2)]), 'r');

function serve(play: Play, count: number, preview: string | null, failed = false): void {
  for (let index = 0; index < count; index++) play.observe(`u${index}`, play.choose(`u${index}`, preview), { failed });
}

test('everyone is on one side; who asks gets the other, and is counted apart', () => {
  const play = begin();
  expect(play.choose('u')).toEqual({ group: 'incumbent', variantId: idOf(1), propensity: 1 });
  expect(play.choose('u', 'challenger')).toEqual({ group: 'preview', variantId: idOf(2), propensity: 1 });
  expect(play.choose('u', 'nonsense').group).toBe('incumbent');
  play.step = 1;
  expect(play.choose('u')).toEqual({ group: 'challenger', variantId: idOf(2), propensity: 1 });
  expect(play.choose('u', 'incumbent')).toEqual({ group: 'preview-incumbent', variantId: idOf(1), propensity: 1 });
});

test('preview that passes switches, the switch that holds promotes after its time', () => {
  const play = begin();
  serve(play, 400, 'challenger');
  expect(play.conclude().conclusion).toBe('advance');
  play.step = 1;
  expect(play.conclude(70_000).conclusion).toBe('continue');
  serve(play, 400, null);
  expect(play.conclude(50_000).conclusion).toBe('continue');
  expect(play.conclude(70_000)).toMatchObject({ conclusion: 'promote', readings: [{ verdict: 'pass' }] });
});

test('silence neither switches nor promotes', () => {
  for (const gates of [policy.gates, []]) {
    for (const step of [0, 1]) {
      const play = begin({ gates });
      play.step = step;
      expect(play.conclude(100_000).conclusion).toBe('continue');
      expect(play.conclude(601_000).conclusion).toBe('inconclusive');
    }
  }
});

test('a person switches where it is by hand; failures take it back from either side', () => {
  const byHand = begin({ switch: 'by-hand' });
  serve(byHand, 400, 'challenger');
  expect(byHand.conclude().conclusion).toBe('continue');
  const preview = begin();
  serve(preview, 60, 'challenger', true);
  expect(preview.conclude().conclusion).toBe('rollback');
  const after = begin();
  after.step = 1;
  serve(after, 60, null, true);
  expect(after.conclude().conclusion).toBe('rollback');
});
