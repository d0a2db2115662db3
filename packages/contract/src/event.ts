import { Type, type Static } from './type.ts';

/**
 * Topics of the event backbone.
 *
 * `decisions` one row per answer; `outcomes` what became of it; `activity` every step of the wheel
 * (findings, triggers, runs, versions, releases), each with the id of its cause; `audit` who changed what; `shadows` what
 * variants in the shadow answered.
 */
export const topics = ['decisions', 'outcomes', 'activity', 'audit', 'spans', 'run-metrics', 'shadows'] as const;
export const Topic = Type.Enum(topics);
export type Topic = (typeof topics)[number];

/** An event as its writer hands it over. `value` is JSON; `causeId` is the id of the event that led to this one. */
export const NewEvent = Type.Object({
  topic: Topic,
  /** Noun-verb, e.g. `run-started`, `decision-made`, `outcome-recorded`. */
  type: Type.String({ minLength: 1 }),
  /** Partitioning key: the endpoint for decisions and outcomes, the subject's id elsewhere. */
  key: Type.String(),
  id: Type.String({ minLength: 1 }),
  /** Wall clock of the writer, ms since the epoch. */
  timeMs: Type.Number(),
  causeId: Type.Optional(Type.String()),
  value: Type.Record(Type.String(), Type.Unknown()),
});
export type NewEvent = Static<typeof NewEvent>;

/** An event as a reader sees it: `writer` names the journal (the partition), `offset` grows by one per event in it. */
export const StoredEvent = Type.Object({
  ...NewEvent.properties,
  writer: Type.String(),
  offset: Type.Integer({ minimum: 1 }),
});
export type StoredEvent = Static<typeof StoredEvent>;
