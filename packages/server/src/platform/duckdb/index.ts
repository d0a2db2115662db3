export { openDuckdb, sqlName, sqlText, type DuckdbOptions, type DuckdbSession } from './open-duckdb.ts';
