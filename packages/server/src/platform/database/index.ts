export {
  openDatabase,
  type Database,
  type DatabaseDialect,
  type DatabaseOptions,
  type Reader,
  type Transaction,
} from './open-database.ts';
export { listBackups, restoreBackup, type BackupTerms } from './backups.ts';
export { openSqliteFile } from './sqlite-file.ts';
export { compare, compareAsNumber, compareNamed, filterCondition } from './comparison.ts';
export { columnTypes, type Migration, type MigrationDatabase } from './migrations.ts';
export { decodeJson, encodeJson } from './json-column.ts';
export { pageOf, readPageToken, readPosition, type PageRequest } from './page.ts';
export { rankedOrder, type Position, type RankedKey } from './ranked-order.ts';
export { emptyTables } from './empty-tables.ts';
export { digestsIn, digestsInDatabase, digestsInFiles, type LeftOut } from './digest-search.ts';
