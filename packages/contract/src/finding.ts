import { Type, type Static } from './type.ts';
import { LocalisedText } from './names.ts';

export const Severity = Type.Union([Type.Literal('info'), Type.Literal('warning'), Type.Literal('critical')]);
export type Severity = Static<typeof Severity>;

export const FindingKind = Type.Union([
  Type.Literal('data-validation'),
  Type.Literal('request-validation'),
  Type.Literal('covariate-drift'),
  Type.Literal('prediction-drift'),
  Type.Literal('label-drift'),
  Type.Literal('quality'),
  Type.Literal('host-failure'),
]);
export type FindingKind = Static<typeof FindingKind>;

/** What a monitor or a check saw and judged worth telling. */
export const Finding = Type.Object({
  id: Type.String(),
  kind: FindingKind,
  severity: Severity,
  /** Name of the monitor or validation that found it. */
  monitor: Type.String(),
  endpoint: Type.Union([Type.String(), Type.Null()]),
  dataset: Type.Union([Type.String(), Type.Null()]),
  /** The column, metric or host that it is about. */
  subject: Type.String(),
  /** Test, value, threshold, binning …: whatever is needed to repeat it. */
  statistics: Type.Record(Type.String(), Type.Unknown()),
  /** Event-time window it was read from. */
  window: Type.Union([Type.Object({ fromMs: Type.Number(), toMs: Type.Number(), rows: Type.Integer() }), Type.Null()]),
  message: LocalisedText,
  recommendation: LocalisedText,
  causeId: Type.Union([Type.String(), Type.Null()]),
  createdAtMs: Type.Number(),
});
export type Finding = Static<typeof Finding>;
