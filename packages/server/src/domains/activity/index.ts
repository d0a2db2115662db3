export { ActivityIntake, type ActivityReader } from './activity-intake.ts';
export { ActivityService, type NewActivity, type SequencedActivity } from './activity-service.ts';
export { activityMigrations, type ActivityTables } from './activity-tables.ts';
export {
  EventRelay,
  relayedAtOnce,
  type DurableAppender,
  type EventRelayOptions,
  type RelaySource,
} from './event-relay.ts';
