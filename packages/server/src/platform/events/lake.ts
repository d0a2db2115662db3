/**
 * SQL over events: the Parquet files of the manifests and the open tails as one relation, `events`, each event once.
 *
 * A query takes one snapshot of each journal (manifest and tail together), copies the tail's matching rows into DuckDB,
 * and puts the files beside them. Columns: topic, type, key, id, time_ms, cause_id, writer, offset, value; `value` is a
 * STRUCT over all fields met, JSON where types disagree. Each query has a DuckDB of its own, with bounded memory, that
 * can read nothing but the segments folder and runs a single SELECT.
 * A file that expired or was merged between snapshot and reading makes the query start over.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Topic } from '@mulle/contract';
import { MulleError } from '#kernel/errors.ts';
import { confine, openDuckdb, sqlName, sqlText, type DuckdbSession } from '#platform/duckdb/index.ts';
import { toEventRow, parseObject } from './event-row.ts';
import { JournalViews } from './journal-views.ts';
import { isSegmentGone, SegmentFiles, untilNoneIsGone } from './segment-files.ts';
import { readSegments, segmentPath, type Segment } from './segment-manifest.ts';
import { isReadable, mergeValueTypes, sqlType, transformOf, widenFor, type ValueType } from './value-type.ts';

const tailFlushCharacters = 1 << 20;
const columnNames = ['topic', 'type', 'key', 'id', 'time_ms', 'cause_id', 'writer', 'offset'] as const;
const columns = columnNames.map(sqlName).join(', ');

export interface LakeOptions {
  dir: string;
  onProblem: (message: string) => void;
  /** Default 512 MB; sorts and joins past it spill to a temporary folder. */
  memoryLimitMb?: number;
  /** Default 2. */
  threads?: number;
}

export interface LakeQuery {
  topic: Topic;
  /** Only events of these keys; all when left out. */
  keys?: readonly string[];
  /** `timeMs` from here on. */
  fromMs?: number;
  /** `timeMs` before this. */
  toMs?: number;
  /** One SELECT over the relation `events`. */
  sql: string;
}

interface Scope {
  segments: Segment[];
  tail: string;
  valueType: ValueType;
}

export class Lake {
  readonly #options: LakeOptions;
  readonly #views: JournalViews;
  readonly #files: SegmentFiles;

  constructor(options: LakeOptions) {
    this.#options = options;
    this.#views = new JournalViews(options.dir, options.onProblem);
    this.#files = new SegmentFiles(options.dir, options.onProblem);
  }

  /** Rows of the query as plain objects (BIGINT as number where safe). Rejects with `invalid_argument` for bad SQL. */
  queryEvents(query: LakeQuery): Promise<Record<string, unknown>[]> {
    return untilNoneIsGone(() => this.#query(query, [], (session) => session.rows(query.sql)));
  }

  /** Writes the rows of the query to a Parquet file, in memory bounded as for a query. Rejects as `queryEvents` does. */
  copyEvents(query: LakeQuery, path: string): Promise<void> {
    return untilNoneIsGone(() =>
      this.#query(query, [path], (session) => session.run(`COPY (${query.sql}) TO ${sqlText(path)} (FORMAT parquet)`)),
    );
  }

  close(): void {
    this.#views.close();
  }

  async #query<T>(
    query: LakeQuery,
    written: readonly string[],
    run: (session: DuckdbSession) => Promise<T>,
  ): Promise<T> {
    const temporary = await mkdtemp(join(tmpdir(), 'mulle-lake-'));
    const { threads = 2, memoryLimitMb = 512 } = this.#options;
    const session = await openDuckdb({ threads, memoryLimitMb, tempDirectory: temporary });
    try {
      const scope = await this.#scope(query, join(temporary, 'tail.jsonl'));
      await this.#defineEvents(session, query, scope);
      // From here on the session touches only what the query needs.
      await confine(session, { directories: [join(this.#options.dir, 'segments'), temporary], files: written });
      return await runSelect(session, query.sql, run);
    } finally {
      session.close();
      await rm(temporary, { recursive: true, force: true });
    }
  }

  async #scope(query: LakeQuery, tail: string): Promise<Scope> {
    const descriptor = openSync(tail, 'w');
    const scope: Scope = { segments: [], tail, valueType: 'null' };
    try {
      for (const writer of this.#views.writers()) {
        const seen = this.#views.read(writer, (database) => ({
          segments: readSegments(database).filter((segment) => concerns(query, segment)),
          tailType: copyTail(database, writer, query, descriptor),
        }));
        if (seen === undefined) continue;
        scope.valueType = mergeValueTypes(scope.valueType, seen.tailType);
        for (const segment of await this.#files.usable(writer, seen.segments)) {
          scope.segments.push(segment);
          scope.valueType = mergeValueTypes(scope.valueType, segment.valueType);
        }
      }
    } finally {
      closeSync(descriptor);
    }
    return scope;
  }

  async #defineEvents(session: DuckdbSession, query: LakeQuery, scope: Scope): Promise<void> {
    const valueType = sqlType(scope.valueType);
    const types = columnNames.map((name) => `${sqlName(name)}: '${/_ms$|^offset$/.test(name) ? 'BIGINT' : 'VARCHAR'}'`);
    await session.run(
      `CREATE TEMP TABLE open_tail AS SELECT * FROM read_json(${sqlText(scope.tail)}, format = 'newline_delimited',
         auto_detect = false, maximum_object_size = 67108864, columns = {${types.join(', ')}, value: ${sqlText(valueType)}})`,
    );
    const groups = Map.groupBy(scope.segments, (segment) => JSON.stringify(segment.valueType));
    const parts = [...groups.values()].map((segments) => {
      const files = segments.map(({ file }) => sqlText(segmentPath(this.#options.dir, file)));
      const stored = segments[0]?.valueType ?? 'null';
      return `SELECT ${columns}, ${valueExpression(stored, scope.valueType)} AS value FROM read_parquet([${files.join(', ')}])`;
    });
    const union = ['SELECT * FROM open_tail', ...parts].join(' UNION ALL BY NAME ');
    const conditions = [`topic = ${sqlText(query.topic)}`];
    if (query.keys !== undefined) conditions.push(`key IN (${['NULL', ...query.keys.map(sqlText)].join(', ')})`);
    if (query.fromMs !== undefined) conditions.push(`time_ms >= ${Number(query.fromMs)}`);
    if (query.toMs !== undefined) conditions.push(`time_ms < ${Number(query.toMs)}`);
    await session.run(`CREATE TEMP VIEW events AS SELECT * FROM (${union}) WHERE ${conditions.join(' AND ')}`);
  }
}

/** The stored value as the merged type; DuckDB widens and fills by name itself unless a part of it became JSON. */
function valueExpression(stored: ValueType, merged: ValueType): string {
  if (stored === 'null') return `json_transform(raw, ${sqlText(JSON.stringify(transformOf(merged)))})`;
  if (widens(stored, merged)) return 'value';
  return `json_transform(to_json(value), ${sqlText(JSON.stringify(transformOf(merged)))})`;
}

function widens(stored: ValueType, merged: ValueType): boolean {
  if (stored === merged) return true;
  if (typeof stored === 'string') return stored === 'integer' && merged === 'double';
  if (typeof merged === 'string') return false;
  if ('list' in stored) return 'list' in merged && widens(stored.list, merged.list);
  if (!('fields' in merged)) return false;
  const targets = new Map(merged.fields);
  return stored.fields.every(([name, type]) => widens(type, targets.get(name) ?? 'null'));
}

function concerns(query: LakeQuery, segment: Segment): boolean {
  if (segment.topic !== query.topic) return false;
  if (query.fromMs !== undefined && segment.maxTimeMs < query.fromMs) return false;
  if (query.toMs !== undefined && segment.minTimeMs >= query.toMs) return false;
  return query.keys === undefined || segment.key === undefined || query.keys.includes(segment.key);
}

/** Appends the tail's matching rows to a file of JSON lines; returns the type of their values. */
function copyTail(database: DatabaseSync, writer: string, query: LakeQuery, descriptor: number): ValueType {
  const { topic, keys, fromMs = -Infinity, toMs = Infinity } = query;
  let type: ValueType = 'null';
  let pending = '';
  const rows = database
    .prepare('SELECT * FROM events WHERE topic = ? AND time_ms >= ? AND time_ms < ?')
    .iterate(topic, Math.max(fromMs, Number.MIN_SAFE_INTEGER), Math.min(toMs, Number.MAX_SAFE_INTEGER));
  for (const raw of rows) {
    const row = toEventRow(raw);
    if (keys !== undefined && !keys.includes(row.key)) continue;
    const value = isReadable(row.value) ? parseObject(row.value) : undefined;
    if (value !== undefined) type = widenFor(type, value);
    const { key, id, timeMs, causeId, offset } = row;
    const line = { topic, type: row.type, key, id, time_ms: timeMs, cause_id: causeId ?? null, writer, offset, value };
    pending += `${JSON.stringify(line)}\n`;
    if (pending.length < tailFlushCharacters) continue;
    writeSync(descriptor, pending);
    pending = '';
  }
  writeSync(descriptor, pending);
  return type;
}

/** Runs what is to be done with `sql` once it is known to be a single SELECT. */
async function runSelect<T>(
  session: DuckdbSession,
  sql: string,
  run: (session: DuckdbSession) => Promise<T>,
): Promise<T> {
  const { StatementType } = await import('@duckdb/node-api');
  try {
    const statements = await session.connection.extractStatements(sql);
    const first = statements.count === 1 ? await statements.prepare(0) : undefined;
    if (first?.statementType !== StatementType.SELECT) throw new Error('it must be a single SELECT');
    first.destroySync();
    return await run(session);
  } catch (thrown) {
    if (isSegmentGone(thrown)) throw thrown;
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new MulleError('invalid_argument', `The query over events does not work: ${reason}`, { cause: thrown });
  }
}
