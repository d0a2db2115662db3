import { readingKey, type GateReading, type Release, type ReleaseEvidence } from '@mulle/contract';
import { readings, wobble } from './history.ts';

const points = 14;

/** The readings of a canary at a share of its way, so that a page can draw how the band closed in. */
function readingsAt(of: Release, index: number): GateReading[] {
  const share = (index + 1) / points;
  if (of.strategy.kind === 'ab-test' || share === 1)
    return of.readings.map((reading) => widened(reading, 1 / Math.sqrt(share)));
  const rolledBack = of.state === 'rolled-back';
  const difference = rolledBack
    ? 0.11 + 0.03 * wobble(index) * (1 - share)
    : -0.004 + 0.02 * wobble(index + 2) * (1 - share);
  return readings(80 + (rolledBack ? 540 : of.endedAtMs === null ? 2_700 : 11_900) * share ** 2, difference);
}

function widened(reading: GateReading, by: number): GateReading {
  const { interval, estimate = 0 } = reading;
  if (interval === null || by === 1) return reading;
  return { ...reading, interval: [estimate + (interval[0] - estimate) * by, estimate + (interval[1] - estimate) * by] };
}

/** What a release was judged by over time: a reading at each of a few moments, a change at each step. */
export function releaseEvidence(of: Release, nowMs: number): ReleaseEvidence {
  const until = of.endedAtMs ?? nowMs;
  const told = Array.from({ length: points }, (_, index) => ({
    atMs: of.createdAtMs + ((index + 1) / points) * (until - of.createdAtMs),
    step: Math.min(of.step, Math.floor(((index + 1) / points) * 3)),
    readings: readingsAt(of, index),
  }));
  const steps = told.filter(({ step }, index) => index === 0 || step !== told[index - 1]?.step);
  return {
    releaseId: of.id,
    series: of.readings
      .filter(({ segment }) => segment === undefined)
      .map((reading) => {
        const key = readingKey(reading);
        return {
          key,
          gate: reading.gate,
          ...(reading.group === undefined ? {} : { group: reading.group }),
          points: told.flatMap(({ atMs, step, readings: all }) =>
            all
              .filter((each) => readingKey(each) === key)
              .map(({ gate: _gate, group: _group, ...point }) => ({ atMs, step, ...point })),
          ),
        };
      }),
    moments: [
      ...steps.map(({ atMs, step }, index) => ({
        atMs,
        step,
        type: index === 0 ? ('release-started' as const) : ('release-stepped' as const),
        state: 'running' as const,
        reason: index === 0 ? 'Deployed.' : 'Every gate passed.',
        actor: index === 0 ? of.actor : 'analyser',
      })),
      ...(of.state === 'rolled-back'
        ? [
            {
              atMs: until,
              step: of.step,
              type: 'release-rolled-back' as const,
              state: of.state,
              reason: of.reason,
              actor: of.actor,
            },
          ]
        : []),
    ],
  };
}
