export { confine } from './confine.ts';
export { openDuckdb, sqlName, sqlText, type DuckdbOptions, type DuckdbSession } from './open-duckdb.ts';
