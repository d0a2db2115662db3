export { traceIdOf, type SpanRecord } from './span-record.ts';
export { type TraceSession } from './session-store.ts';
export { containing, type TraceClause, type TraceOrder, type TraceSearch } from './trace-search.ts';
export { TracesService, type ToldTrace, type TracesOptions } from './traces-service.ts';
export { tracesMigrations, type TracesTables } from './traces-tables.ts';
