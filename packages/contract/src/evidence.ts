import { Type, type Static } from './type.ts';
import { ActivityType } from './activity.ts';
import { GateReading } from './gate.ts';
import { Reason } from './names.ts';
import { ReleaseState } from './release.ts';

const { gate, group, verdict, challenger, incumbent, interval, challengerSamples, incumbentSamples } =
  GateReading.properties;
const { estimate, adjustedPValue, chanceToBeat, chanceBest, share } = GateReading.properties;

/** One reading at one time: the raw values, what is judged, and its band. Fields as those of `GateReading`. */
export const EvidencePoint = Type.Object({
  atMs: Type.Number(),
  step: Type.Integer({ minimum: 0 }),
  verdict,
  challenger,
  incumbent,
  interval,
  challengerSamples,
  incumbentSamples,
  estimate,
  adjustedPValue,
  chanceToBeat,
  chanceBest,
  share,
});
export type EvidencePoint = Static<typeof EvidencePoint>;

/** What one gate, KPI or check saw of one arm over time, oldest first. */
export const EvidenceSeries = Type.Object({
  /** As `readingKey` gives it: the same for every reading of the series, in `Release.readings` too. */
  key: Type.String(),
  gate,
  group,
  points: Type.Array(EvidencePoint),
});
export type EvidenceSeries = Static<typeof EvidenceSeries>;

/** A change of the release, by whom and why. */
export const ReleaseMoment = Type.Object({
  atMs: Type.Number(),
  type: ActivityType,
  state: ReleaseState,
  step: Type.Integer({ minimum: 0 }),
  reason: Reason,
  actor: Type.String(),
});
export type ReleaseMoment = Static<typeof ReleaseMoment>;

/**
 * Everything that a release was judged by, over time. Segments are left out: they are explored, never concluded on.
 * Points are at most about 500 a series however long the release runs: thinned by time, the last of each interval; the
 * readings of a decision are always kept.
 */
export const ReleaseEvidence = Type.Object({
  releaseId: Type.String(),
  series: Type.Array(EvidenceSeries),
  moments: Type.Array(ReleaseMoment),
});
export type ReleaseEvidence = Static<typeof ReleaseEvidence>;

/** Which series a reading belongs to: the gate, what it is about, and the arm that is read. */
export function readingKey(reading: Pick<GateReading, 'gate' | 'group' | 'segment'>): string {
  const subject =
    reading.gate.metric === 'kpi' ? reading.gate.kpi.name : 'label' in reading.gate ? reading.gate.label : undefined;
  return [reading.gate.metric, subject, reading.group, reading.segment].filter((part) => part !== undefined).join('/');
}
