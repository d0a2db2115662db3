import { Decision, fits, readingKey, RecordedOutcome, type GateReading, type StoredEvent } from '@mulle/contract';
import type { EvidenceSeries, Release } from '@mulle/contract';
import { decisionEvent, fieldsOf, outcomeEvent, strategyModule, type ReleaseEvent } from '@mulle/decision';

/** What a release was told that it had seen, at a step. */
interface Told {
  readonly step: number;
  readonly key: string;
  readonly reading: Partial<GateReading> & Pick<GateReading, 'challengerSamples' | 'incumbentSamples'>;
}

/** Largest relative difference between what the engine told and what the log gives. */
const tolerance = 1e-12;

function isNear(told: unknown, folded: unknown): boolean {
  if (typeof told === 'number' && typeof folded === 'number') {
    return Math.abs(told - folded) <= tolerance * Math.max(1, Math.abs(told), Math.abs(folded));
  }
  if (Array.isArray(told) && Array.isArray(folded)) return told.every((value, index) => isNear(value, folded[index]));
  return told === folded;
}

const figures = [
  'verdict',
  'challenger',
  'incumbent',
  'interval',
  'challengerSamples',
  'incumbentSamples',
  'estimate',
  'pValue',
  'adjustedPValue',
  'varianceReduction',
] as const;

function differences({ reading }: Told, folded: GateReading): string[] {
  return figures.filter((name) => name in reading && !isNear(reading[name], folded[name]));
}

/** By offset within a writer; one that was killed comes before the one that took its place. */
function inOrder(events: readonly StoredEvent[]): StoredEvent[] {
  const writers = [...Map.groupBy(events, ({ writer }) => writer).values()].map((own) =>
    own.toSorted((a, b) => a.offset - b.offset),
  );
  return writers.toSorted(([a], [b]) => (a?.timeMs ?? 0) - (b?.timeMs ?? 0)).flat();
}

/** The release's own part of the exported log, in the order in which it was written, outcomes joined to decisions. */
function releaseEvents(release: Release, events: readonly StoredEvent[]): ReleaseEvent[] {
  const { outcomes, fields } = strategyModule(release.strategy.kind).wanted(release.strategy);
  const decisions = new Map<string, Decision>();
  const mine = inOrder(
    events.filter(({ topic, key }) => key === release.endpoint && (topic === 'decisions' || topic === 'outcomes')),
  );
  for (const { id, value } of mine) if (fits(Decision, value)) decisions.set(id, value);
  return mine.flatMap(({ value }): ReleaseEvent[] => {
    if (fits(Decision, value)) {
      const event = value.releaseId === release.id ? decisionEvent(value, fields) : null;
      return event === null ? [] : [event];
    }
    if (!fits(RecordedOutcome, value) || value.decisionId === null) return [];
    const decision = decisions.get(value.decisionId);
    if (decision?.releaseId !== release.id) return [];
    const answered = { ...decision, fields: fieldsOf(decision, fields) };
    // One by one, as the engine takes them.
    return outcomes.flatMap((name) => {
      const event = outcomeEvent(answered, { [name]: value.values[name] ?? null });
      return event === null ? [] : [event];
    });
  });
}

/** What the whole log comes to. */
export function wholeFold(release: Release, events: readonly StoredEvent[]): GateReading[] {
  const { strategy, step } = release;
  const module = strategyModule(strategy.kind);
  const state = releaseEvents(release, events).reduce(
    (folded, event) => module.fold(strategy, folded, event),
    module.initial(strategy),
  );
  return module.conclude({ strategy, state: 'running', step, stepStartedAtMs: 0 }, state, 0).readings;
}

export function samplesOf(readings: readonly GateReading[]): number {
  return readings.reduce(
    (sum, { challengerSamples, incumbentSamples }) => sum + challengerSamples + incumbentSamples,
    0,
  );
}

function toldBy(release: Release, series: readonly EvidenceSeries[]): Told[] {
  const last = release.readings.map((reading) => ({ step: release.step, key: readingKey(reading), reading }));
  const before = series.flatMap(({ key, points }) =>
    points.map(({ step, atMs: _atMs, ...reading }) => ({ step, key, reading })),
  );
  // The readings that a step ended with are still the release's own when the next one begins.
  const ofThisStep = (told: Told): boolean =>
    before.some(({ step, key, reading }) => step === told.step && key === told.key && reading.challenger !== undefined);
  return [...last.filter(ofThisStep), ...before];
}

/**
 * Folds the log anew, event by event, and finds for each reading that the engine ever told the point at which the log
 * had come to as many samples. Answers those readings that the log does not give there, or nowhere.
 */
export function refold(
  release: Release,
  series: readonly EvidenceSeries[],
  events: readonly StoredEvent[],
): { readings: number; problems: string[] } {
  const { strategy } = release;
  const module = strategyModule(strategy.kind);
  const open = new Map<Told, string>(toldBy(release, series).map((told) => [told, 'not in the log']));
  const readings = open.size;
  let state = module.initial(strategy);
  const compare = (): void => {
    for (const step of new Set([...open.keys()].map((told) => told.step))) {
      const at = { strategy, state: 'running', step, stepStartedAtMs: 0 } as const;
      const folded = new Map(module.conclude(at, state, 0).readings.map((reading) => [readingKey(reading), reading]));
      for (const told of open.keys()) {
        const own = told.step === step ? folded.get(told.key) : undefined;
        if (own?.challengerSamples !== told.reading.challengerSamples) continue;
        if (own.incumbentSamples !== told.reading.incumbentSamples) continue;
        const wrong = differences(told, own);
        if (wrong.length === 0) open.delete(told);
        else open.set(told, wrong.join(', '));
      }
    }
  };
  compare();
  for (const event of releaseEvents(release, events)) {
    if (open.size === 0) break;
    state = module.fold(strategy, state, event);
    compare();
  }
  const problems = [...open].map(([{ key, step, reading }, wrong]) => {
    const samples = `${reading.challengerSamples}/${reading.incumbentSamples}`;
    return `${release.id} ${key} at step ${step}, ${samples} samples: ${wrong}`;
  });
  return { readings, problems };
}
