export { MonitorService, type MonitorServiceOptions } from './monitor-service.ts';
export type { FindingFilter } from './monitor-store.ts';
export { monitorMigrations, type MonitorTables } from './monitor-tables.ts';
