export { askEndpoint } from './ask-endpoint.ts';
export { narrowToEndpoint, readDataStatuses, type DataStatuses, type DataStatusOptions } from './data-status.ts';
export { endpointMigrations, type EndpointTables } from './endpoint-tables.ts';
export { SnapshotPublisher, type SnapshotPublisherOptions } from './snapshot-publisher.ts';
export { SnapshotSource, type SnapshotSourceOptions } from './snapshot-source.ts';
