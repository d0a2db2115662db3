import type { Activity, ActivityType, Release } from '@mulle/contract';
import { describe, expect, test } from 'vitest';
import { deriveWheel, type WheelRecord } from './derive-wheel.ts';

/** Writes a record as the domains write it: each activity names its cause. */
function writer() {
  const activities: Activity[] = [];
  const write = (type: ActivityType, subject: string, causeId: string | null, value: Record<string, unknown> = {}) => {
    const id = `a${activities.length + 1}`;
    activities.push({ id, type, subject, causeId, timeMs: 1_000 * (activities.length + 1), value });
    return id;
  };
  const attempt = (kind: string, causeId: string, state = 'succeeded', outputs = {}): string => {
    const started = write('task-started', `run/${kind}`, causeId, { kind });
    write('task-ended', `run/${kind}`, started, { kind, state, outputs });
    return started;
  };
  return { activities, write, attempt };
}

const wheelOf = (activities: readonly Activity[], rest: Partial<WheelRecord> = {}) =>
  deriveWheel({ activities, contending: [], serving: null, ...rest });
const stateOf = (wheel: ReturnType<typeof wheelOf>, name: string): string | undefined =>
  wheel.stations.find((station) => station.name === name)?.state;

/** Drift → trigger → ingest, features, training, registering → a canary that is promoted. */
function closedLoop(end: 'release-promoted' | 'release-rolled-back') {
  const { activities, write, attempt } = writer();
  const message = { en: 'distance drifted', ko: 'distance 드리프트' };
  const finding = write('finding-raised', 'f1', null, { severity: 'warning', message });
  const fired = write('trigger-fired', 'on-drift', finding, { pipeline: 'retrain' });
  const run = write('pipeline-run-started', 'run', fired);
  attempt('ingest', run);
  attempt('build-features', run, 'succeeded', { rows: 150_000 });
  const trained = attempt('train', run);
  write('run-started', 'r1', trained);
  const registered = attempt('register', run);
  write('model-version-created', 'delay@4', registered, { version: 4 });
  const releasing = write('task-started', 'run/release', run, { kind: 'release' });
  const release = write('release-started', 'rel1', releasing, { state: 'running' });
  write('release-stepped', 'rel1', release, { state: 'running' });
  write(end, 'rel1', release, { state: end.slice('release-'.length) });
  write('task-ended', 'run/release', releasing, { kind: 'release', state: 'succeeded' });
  write('pipeline-run-ended', 'run', run, { state: 'succeeded' });
  return activities;
}

describe('turns', () => {
  test('one chain is one turn, from its cause to its result', () => {
    const { turns } = wheelOf(closedLoop('release-promoted'));
    expect(turns).toHaveLength(1);
    expect(turns[0]).toMatchObject({
      causeId: 'a1',
      cause: { en: 'distance drifted' },
      startedAtMs: 1_000,
      endedAtMs: 19_000,
      result: 'promoted',
    });
    expect(turns[0]?.steps.map((step) => `${step.station} ${step.state}`)).toEqual([
      'monitoring finding-raised',
      'trigger trigger-fired',
      'data succeeded',
      'features succeeded',
      'training succeeded',
      'registry succeeded',
      'release succeeded',
      'release promoted',
    ]);
  });

  test('ends that way for every result', () => {
    expect(wheelOf(closedLoop('release-rolled-back')).turns[0]?.result).toBe('rolled-back');
    const until = (count: number) => wheelOf(closedLoop('release-promoted').slice(0, count)).turns[0];
    expect(until(15)).toMatchObject({ result: 'running', endedAtMs: null });
    const failing = writer();
    const run = failing.write('pipeline-run-started', 'run', null, { startedBy: 'cli' });
    failing.attempt('validate', run, 'failed');
    failing.write('pipeline-run-ended', 'run', run, { state: 'failed' });
    expect(wheelOf(failing.activities).turns[0]).toMatchObject({
      result: 'failed',
      cause: { en: 'Pipeline started by cli' },
    });
    const plain = writer();
    plain.write('pipeline-run-ended', 'run', plain.write('pipeline-run-started', 'run', null), { state: 'succeeded' });
    expect(wheelOf(plain.activities).turns[0]?.result).toBe('no-release');
  });

  test('turns are kept apart, newest first; a finding that led to nothing is none', () => {
    const { activities, write } = writer();
    write('finding-raised', 'f0', null, { severity: 'warning' });
    const first = write('trigger-fired', 'nightly', null);
    const second = write('release-started', 'rel2', null, { state: 'promoted', actor: 'kim' });
    write('pipeline-run-started', 'run', first);
    write('release-promoted', 'rel2', second, { state: 'promoted' });
    expect(wheelOf(activities).turns.map(({ causeId, result }) => [causeId, result])).toEqual([
      [second, 'promoted'],
      [first, 'running'],
    ]);
  });
});

describe('stations', () => {
  test('nothing has happened', () => {
    const wheel = wheelOf([]);
    expect(wheel.stations.map((station) => station.state)).toEqual(Array.from({ length: 8 }, () => 'idle'));
    expect(wheel.waiting).toEqual([]);
  });

  test('after a full turn all are healthy and carry their figures', () => {
    const wheel = wheelOf(closedLoop('release-promoted'), { serving: { requests: 1_200, hosts: 2, hostsDown: 0 } });
    expect(wheel.stations.map(({ name, state, figure }) => [name, state, figure.value])).toEqual([
      ['data', 'healthy', null],
      ['features', 'healthy', 150_000],
      ['training', 'healthy', 1],
      ['registry', 'healthy', 4],
      ['release', 'healthy', null],
      ['serving', 'healthy', 1_200],
      ['monitoring', 'healthy', 1],
      ['trigger', 'healthy', 1],
    ]);
  });

  test('what is under way is active, what went wrong has failed', () => {
    const { activities, write, attempt } = writer();
    const run = write('pipeline-run-started', 'run', null);
    attempt('validate', run, 'failed');
    write('task-started', 'run/train', run, { kind: 'train' });
    const wheel = wheelOf(activities);
    expect([stateOf(wheel, 'data'), stateOf(wheel, 'training'), stateOf(wheel, 'trigger')]).toEqual([
      'failed',
      'active',
      'active',
    ]);
  });

  test('serving is as data processes tell', () => {
    const after = closedLoop('release-promoted');
    const serving = { requests: 0, hosts: 2, hostsDown: 0 };
    expect(stateOf(wheelOf(after), 'serving')).toBe('failed');
    expect(stateOf(wheelOf(after, { serving: { ...serving, hostsDown: 1 } }), 'serving')).toBe('failed');
    expect(stateOf(wheelOf([], { serving }), 'serving')).toBe('healthy');
    expect(stateOf(wheelOf([], { serving: { ...serving, hosts: 0 } }), 'serving')).toBe('idle');
  });

  test('a paused release waits for a person', () => {
    const release: Release = {
      id: 'rel1',
      endpoint: 'delay',
      strategy: {
        kind: 'canary',
        incumbent: { kind: 'model', model: 'delay', version: 1 },
        challenger: { kind: 'model', model: 'delay', version: 2 },
        steps: [{ weight: 0.05, minSeconds: 0, minSamples: 1 }],
        gates: [{ metric: 'error-rate', max: 0.01 }],
        maxSeconds: 60,
        whenInconclusive: 'pause',
      },
      state: 'paused',
      step: 0,
      stepStartedAtMs: 0,
      readings: [],
      reason: 'Too few outcomes.',
      actor: 'kim',
      causeId: null,
      createdAtMs: 0,
      updatedAtMs: 0,
      endedAtMs: null,
    };
    const wheel = wheelOf([], { contending: [release] });
    expect(stateOf(wheel, 'release')).toBe('waiting');
    expect(wheel.stations.find(({ name }) => name === 'release')?.figure.value).toBeCloseTo(5);
    expect(wheel.waiting).toMatchObject([{ kind: 'release-paused', subject: 'rel1' }]);
  });
});
