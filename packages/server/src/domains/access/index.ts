export { AccessService, assertSafeToListen, type AccessOptions, type KeyRecord } from './access-service.ts';
export { accessMigrations, type AccessTables } from './access-tables.ts';
export { holdsRole, type Actor } from './actor.ts';
export { AuditLog, type AuditEntry, type AuditRecord, type AuditVerification } from './audit-log.ts';
export { isLoopback } from './loopback.ts';
