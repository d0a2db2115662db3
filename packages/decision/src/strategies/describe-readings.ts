import type { GateReading } from '@mulle/contract';

const figure = (value: number): string => String(Number(value.toPrecision(4)));

function limitOf(gate: GateReading['gate']): number {
  switch (gate.metric) {
    case 'error-rate':
      return gate.max;
    case 'latency-p95':
      return gate.maxMs;
    case 'log-loss':
      return gate.margin;
    case 'kpi':
      return gate.kpi.margin ?? 0;
    case 'agreement':
      return gate.min;
    case 'sample-ratio':
      return gate.alpha;
  }
}

/** An arm of a bandit: what it earns, and what follows from it. */
function describeArm({ challenger, interval, challengerSamples, group, chanceBest, share = 0 }: GateReading): string {
  const range = interval ? ` [${figure(interval[0])}, ${figure(interval[1])}]` : '';
  const best = chanceBest === undefined ? '' : `, P(best) = ${figure(chanceBest)}`;
  const mean = challenger === null ? 'no data' : figure(challenger);
  return `${group}: ${mean}${range}, share ${figure(share)}${best}, n = ${challengerSamples}`;
}

/** What a reading says, in numbers that need no translation. */
function describe(reading: GateReading): string {
  const { gate, challenger, incumbent, interval, challengerSamples, group, pValue, share } = reading;
  if (share !== undefined) return describeArm(reading);
  const range = interval ? ` [${figure(interval[0])}, ${figure(interval[1])}]` : '';
  const compares = gate.metric === 'log-loss' || gate.metric === 'kpi';
  const values =
    challenger === null
      ? 'no data'
      : compares && incumbent !== null
        ? `${figure(challenger)} − ${figure(incumbent)}${range}`
        : `${figure(challenger)}${range}`;
  const name = gate.metric === 'kpi' ? gate.kpi.name : gate.metric;
  const whose = group === undefined ? '' : ` (${group})`;
  const judged = gate.metric === 'kpi' ? 'margin' : 'limit';
  const p = pValue === undefined ? '' : `, p = ${figure(pValue)}`;
  return `${name}${whose}: ${values}, ${judged} ${figure(limitOf(gate))}${p}, n = ${challengerSamples}`;
}

export function describeReadings(readings: readonly GateReading[]): string {
  return readings.map(describe).join('; ');
}
