/**
 * Keeps the snapshot and tells every data process of it.
 *
 *   commit ──▶ has anything changed that a snapshot holds? ──▶ compile ──▶ new digest: next version, on record
 *                                                                      └─▶ lines to every open stream
 *
 * A stream begins with the definitions and all dials, goes on with what changes (definitions before the dials that
 * speak of them) and has a heartbeat every 5 s, which says that the dials are current. What waits for a slow reader
 * is bounded: beyond 64 lines its stream ends, and it begins anew with everything.
 *
 * A compile that fails, with the database away for instance, is told to `onProblem` and tried again at the next
 * heartbeat; until then data goes on with what it has, without heartbeats: they would vouch for dials that may be old.
 */
import type { Definitions, Dial, SnapshotLine } from '@mulle/contract';
import { nowMs } from '#kernel/clock.ts';
import type { Database, Transaction } from '#platform/database/index.ts';
import type { CompiledDefinitions } from './compile-snapshot.ts';
import type { EndpointTables } from './endpoint-tables.ts';
import type { SnapshotSource } from './snapshot-source.ts';

export const heartbeatMs = 5_000;
export const waitingLines = 64;

export interface SnapshotPublisherOptions {
  readonly database: Database<EndpointTables>;
  readonly source: Pick<SnapshotSource, 'fingerprint' | 'read' | 'forget'>;
  readonly onProblem: (error: unknown) => void;
}

/** What one reader has not taken yet; ends when that is too much. */
class LineQueue {
  readonly #lines: SnapshotLine[] = [];
  #ended = false;
  #wake: () => void = () => undefined;

  push(line: SnapshotLine): void {
    if (this.#lines.length >= waitingLines) this.end();
    else if (!this.#ended) this.#lines.push(line);
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async *read(): AsyncGenerator<SnapshotLine> {
    while (!this.#ended) {
      const line = this.#lines.shift();
      if (line) yield line;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

export class SnapshotPublisher {
  readonly #options: SnapshotPublisherOptions;
  readonly #streams = new Set<LineQueue>();
  #definitions: Definitions | undefined;
  #dials: readonly Dial[] = [];
  #fingerprint = '';
  #wanted = false;
  #running: Promise<void> | undefined;
  #stopListening: () => void = () => undefined;
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(options: SnapshotPublisherOptions) {
    this.#options = options;
  }

  /** Compiles the first snapshot and follows every commit from then on. Throws when the first cannot be compiled. */
  async start(): Promise<void> {
    await this.#compile();
    this.#stopListening = this.#options.database.onCommit(() => this.#refresh());
    this.#heartbeat = setInterval(() => this.#beat(), heartbeatMs);
    this.#heartbeat.unref();
  }

  /** Ends all streams. */
  async close(): Promise<void> {
    this.#stopListening();
    clearInterval(this.#heartbeat);
    for (const stream of this.#streams) stream.end();
    await this.#running;
  }

  /** Compiles from nothing that was known, and has every reader begin anew: epochs start over. */
  async restart(): Promise<void> {
    this.#options.source.forget();
    await this.settled();
    for (const stream of this.#streams) stream.end();
  }

  /** The definitions as last published; undefined before `start`. */
  get definitions(): Definitions | undefined {
    return this.#definitions;
  }

  /** Resolves when everything committed so far is published, or could not be. */
  async settled(): Promise<void> {
    this.#refresh();
    await this.#running;
  }

  /** The snapshot as lines, without end; ends when the signal aborts, the reader is too slow, or at `close`. */
  async *open(signal: AbortSignal): AsyncGenerator<SnapshotLine> {
    const queue = new LineQueue();
    const end = (): void => queue.end();
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    const beginning = this.#lines();
    this.#streams.add(queue);
    try {
      for (const line of beginning) yield line;
      yield* queue.read();
    } finally {
      signal.removeEventListener('abort', end);
      this.#streams.delete(queue);
    }
  }

  #lines(): SnapshotLine[] {
    if (!this.#definitions) return [];
    const dials = this.#dials.map((dial): SnapshotLine => ({ kind: 'dial', dial }));
    return [{ kind: 'definitions', definitions: this.#definitions }, ...dials, this.#heartbeatLine(this.#definitions)];
  }

  #heartbeatLine({ version }: Definitions): SnapshotLine {
    const epoch = Math.max(0, ...this.#dials.map((dial) => dial.epoch));
    return { kind: 'heartbeat', definitionsVersion: version, epoch };
  }

  #send(line: SnapshotLine): void {
    for (const stream of this.#streams) stream.push(line);
  }

  #beat(): void {
    if (this.#fingerprint === '') this.#refresh();
    else if (this.#definitions) this.#send(this.#heartbeatLine(this.#definitions));
  }

  #refresh(): void {
    this.#wanted = true;
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    while (this.#wanted) {
      this.#wanted = false;
      try {
        await this.#compile();
      } catch (thrown) {
        this.#fingerprint = '';
        this.#options.onProblem(thrown);
      }
    }
    this.#running = undefined;
  }

  async #compile(): Promise<void> {
    const { source, database } = this.#options;
    const fingerprint = await source.fingerprint();
    if (fingerprint === this.#fingerprint) return;
    const { definitions, dials } = await source.read();
    if (definitions.digest !== this.#definitions?.digest) {
      this.#definitions = await database.transaction((trx) => numbered(trx, definitions));
      this.#send({ kind: 'definitions', definitions: this.#definitions });
    }
    const before = new Map(this.#dials.map((dial) => [dial.subject, dial.epoch]));
    this.#dials = dials;
    for (const dial of dials) if (before.get(dial.subject) !== dial.epoch) this.#send({ kind: 'dial', dial });
    this.#fingerprint = fingerprint;
  }
}

/** Gives definitions the next number, or the last one where they are the same as then. */
async function numbered(trx: Transaction<EndpointTables>, compiled: CompiledDefinitions): Promise<Definitions> {
  const last = await trx.selectFrom('snapshots').selectAll().orderBy('version', 'desc').limit(1).executeTakeFirst();
  if (last?.digest === compiled.digest) return { ...compiled, version: last.version, createdAtMs: last.created_at_ms };
  const version = (last?.version ?? 0) + 1;
  const createdAtMs = nowMs();
  await trx.insertInto('snapshots').values({ version, digest: compiled.digest, created_at_ms: createdAtMs }).execute();
  return { ...compiled, version, createdAtMs };
}
