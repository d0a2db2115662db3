import { Decision, fits, type GateReading, type Release, type StoredEvent } from '@mulle/contract';
import { strategyModule } from '@mulle/decision';

const verdicts = (readings: readonly GateReading[]): GateReading['verdict'][] =>
  readings.filter(({ segment }) => segment === undefined).map(({ verdict }) => verdict);

/** A release may end only as its readings say: with evidence, and never without any. */
function conclusionProblems({ id, strategy, state, readings }: Release): string[] {
  const said = verdicts(readings);
  const samples = readings.reduce((sum, reading) => sum + reading.challengerSamples, 0);
  if (state === 'rolled-back') return said.includes('fail') ? [] : [`${id} was rolled back without a failed gate`];
  if (state !== 'promoted') return [];
  if (samples === 0) return [`${id} was promoted with no data`];
  const isWon = strategy.kind === 'ab-test' ? said.includes('pass') : said.every((verdict) => verdict === 'pass');
  return isWon ? [] : [`${id} was promoted without passing`];
}

/**
 * What is wrong with how a release assigned and concluded: a unit that met two arms of an A/B test, an arm or a
 * propensity that the hash of the unit does not give at any step of the release, an end without evidence.
 */
export function judgeRelease(release: Release, events: readonly StoredEvent[]): string[] {
  const { id, strategy } = release;
  const module = strategyModule(strategy.kind);
  const steps = strategy.kind === 'canary' ? strategy.steps.length : 1;
  const compiled = Array.from({ length: steps }, (_, step) => module.compile({ strategy, state: 'running', step }));
  const groups = new Map<string, string | null>();
  let begun = false;
  const wrong = { assignment: 0, propensity: 0, moved: 0 };
  const wasPromoted = release.state === 'promoted' || release.state === 'superseded';
  const isOver = (timeMs: number): boolean => wasPromoted && timeMs >= (release.endedAtMs ?? Infinity);
  for (const { value, timeMs } of events) {
    if (!fits(Decision, value) || value.releaseId !== id || value.unit === null) continue;
    const { unit, group, propensity, requestId } = value;
    // What was promoted answers everything from then on, under the same id.
    if (group === 'only' && propensity === 1 && isOver(timeMs)) continue;
    const request = { releaseId: id, unit, requestId };
    const choices = compiled.map((one) => module.choose(one, one.weights, request));
    // Until the first weights come, and never again, a canary's data answers by the safe ones: all to the incumbent.
    if (!begun) choices.push(...compiled.slice(0, 1).map((one) => module.choose(one, one.safe, request)));
    begun ||= propensity !== 1;
    const alike = choices.filter((choice) => choice.group === group);
    if (alike.length === 0) wrong.assignment += 1;
    else if (alike.every((choice) => Math.abs(choice.propensity - (propensity ?? 0)) > 1e-12)) wrong.propensity += 1;
    if (strategy.kind === 'ab-test' && (groups.get(unit) ?? group) !== group) wrong.moved += 1;
    groups.set(unit, group);
  }
  return [
    ...(wrong.assignment > 0 ? [`${id}: ${wrong.assignment} units did not get the arm of their hash`] : []),
    ...(wrong.propensity > 0 ? [`${id}: ${wrong.propensity} propensities are not those of the choice`] : []),
    ...(wrong.moved > 0 ? [`${id}: units changed their arm ${wrong.moved} times`] : []),
    ...conclusionProblems(release),
  ];
}
