import { Type, type Static } from './type.ts';

/**
 * Every type of event on the `activity` topic, and what its `value` holds. The event's key is the subject's id; its
 * `causeId` is the id of the activity event (or finding) that led to it, so that a turn of the wheel is a chain.
 *
 * finding-raised (Finding) → trigger-fired {trigger, pipeline} → pipeline-run-started/-ended (PipelineRun) →
 * task-started/-ended → dataset-version-created, run-started/-ended, model-version-created, alias-moved →
 * (release-scheduled, release-approved: where it waits for its time or for people) release-started, release-stepped, release-promoted, release-rolled-back, release-paused (Release).
 * rule-set-version-created and rule-set-published tell a RuleSetVersion.
 * `release-superseded` says that a running challenger was taken back because another release replaced it at once.
 */
export const activityTypes = [
  'finding-raised',
  'trigger-fired',
  'pipeline-run-started',
  'pipeline-run-ended',
  'task-started',
  'task-ended',
  'dataset-version-created',
  'window-quarantined',
  'run-started',
  'run-ended',
  'model-version-created',
  'alias-moved',
  'approval-given',
  'release-scheduled',
  'release-approved',
  'release-started',
  'release-stepped',
  'release-promoted',
  'release-rolled-back',
  'release-paused',
  'release-resumed',
  'release-superseded',
  'manifest-applied',
  'rule-set-version-created',
  'rule-set-published',
  'host-exited',
  'host-restarted',
] as const;
export type ActivityType = (typeof activityTypes)[number];
export const ActivityType = Type.Enum(activityTypes);

/** An activity event as the console and the CLI read it. */
export const Activity = Type.Object({
  id: Type.String(),
  type: ActivityType,
  subject: Type.String(),
  causeId: Type.Union([Type.String(), Type.Null()]),
  timeMs: Type.Number(),
  value: Type.Record(Type.String(), Type.Unknown()),
});
export type Activity = Static<typeof Activity>;
