import fc from 'fast-check';
import { promotedVariant, type Conclusion, type Release, type ReleasePolicy, type Variant } from '@mulle/contract';
import { describe, expect, test } from 'vitest';
import { MulleError } from '#kernel/errors.ts';
import { beginRelease, isContending, transition, type ReleaseCommand } from './release-machine.ts';

const version = (number: number): Variant => ({ kind: 'model', model: 'delay', version: number });
const canary: ReleasePolicy = {
  kind: 'canary',
  steps: [
    { weight: 0.05, minSeconds: 0, minSamples: 1 },
    { weight: 0.25, minSeconds: 0, minSamples: 1 },
  ],
  gates: [{ metric: 'error-rate', max: 0.01 }],
  maxSeconds: 60,
  whenInconclusive: 'pause',
};
const begin = (policy: ReleasePolicy, incumbent: Variant | null): Release =>
  beginRelease(
    { id: 'r', endpoint: 'e', policy, variant: version(2), incumbent, reason: 'new', actor: 'a', causeId: null },
    100,
  );
const conclusion = (of: Conclusion, step = 0): ReleaseCommand => ({
  kind: 'conclude',
  step,
  conclusion: of,
  readings: [],
  reason: { en: `${of}!`, ko: '' },
});

describe('beginning', () => {
  test('the first deploy is at once, whatever the policy; so is single', () => {
    for (const release of [begin(canary, null), begin({ kind: 'single' }, version(1))])
      expect(release).toMatchObject({ state: 'promoted', strategy: { kind: 'single', variant: version(2) } });
  });
  test('a canary contends with the incumbent', () => {
    const release = begin(canary, version(1));
    expect(release).toMatchObject({ state: 'running', step: 0, endedAtMs: null });
    expect(release.strategy).toMatchObject({ kind: 'canary', incumbent: version(1), challenger: version(2) });
  });
});

describe('concluding', () => {
  const running = begin(canary, version(1));
  test('continue keeps the readings and tells nothing', () => {
    const { release, activity } = transition(running, conclusion('continue'), 200);
    expect([release.state, release.step, activity]).toEqual(['running', 0, null]);
  });
  test('advance goes a step on, and past the last step promotes', () => {
    const second = transition(running, conclusion('advance'), 200);
    expect(second).toMatchObject({ release: { step: 1, stepStartedAtMs: 200 }, activity: 'release-stepped' });
    const end = transition(second.release, conclusion('advance', 1), 300);
    expect(end).toMatchObject({ release: { state: 'promoted', endedAtMs: 300 }, activity: 'release-promoted' });
  });
  test('inconclusive pauses or rolls back, as the policy says', () => {
    expect(transition(running, conclusion('inconclusive'), 200).release.state).toBe('paused');
    const strict = begin({ ...canary, whenInconclusive: 'rollback' }, version(1));
    expect(transition(strict, conclusion('inconclusive'), 200).release.state).toBe('rolled-back');
  });
  test('of a step that is past, or of a release that is paused, is refused', () => {
    const second = transition(running, conclusion('advance'), 200).release;
    expect(() => transition(second, conclusion('promote'), 300)).toThrow(MulleError);
    const paused = transition(running, { kind: 'pause', reason: 'wait' }, 200).release;
    expect(() => transition(paused, conclusion('promote'), 300)).toThrow(/is paused/);
  });
  test('resuming begins the time of the step anew', () => {
    const paused = transition(running, { kind: 'pause', reason: 'wait' }, 200).release;
    expect(transition(paused, { kind: 'resume', reason: 'go' }, 900).release.stepStartedAtMs).toBe(900);
  });
});

test('no sequence of commands leaves the table of states, and what ended does not move again', () => {
  const allowed: Record<string, string[]> = {
    running: ['running', 'promoted', 'rolled-back', 'paused', 'superseded'],
    paused: ['running', 'promoted', 'rolled-back', 'superseded'],
    promoted: ['superseded', 'rolled-back'],
    'rolled-back': [],
    superseded: [],
  };
  const hand = fc.constantFrom('promote', 'rollback', 'pause', 'resume', 'supersede').map((kind): ReleaseCommand => ({
    kind,
    reason: 'x',
  }));
  const judged = fc
    .tuple(
      fc.constantFrom('continue', 'advance', 'promote', 'rollback', 'inconclusive'),
      fc.integer({ min: 0, max: 2 }),
    )
    .map(([of, step]) => conclusion(of, step));
  fc.assert(
    fc.property(fc.array(fc.oneof(hand, judged), { maxLength: 12 }), (commands) => {
      let release = begin(canary, version(1));
      for (const [index, command] of commands.entries()) {
        const before = release;
        try {
          release = transition(release, command, 200 + index).release;
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: 'invalid_state' });
          continue;
        }
        expect(allowed[before.state]).toContain(release.state);
        expect(release.step - before.step).toBeLessThanOrEqual(1);
        expect(release.endedAtMs === null).toBe(isContending(release));
        expect(promotedVariant(release)).toEqual(version(2));
      }
    }),
    { seed: 20260301 },
  );
});
