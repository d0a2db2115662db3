export { KpiService } from './kpi-service.ts';
export { kpiMigrations, type KpiTables } from './kpi-tables.ts';
