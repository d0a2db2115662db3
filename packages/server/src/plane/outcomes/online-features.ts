/**
 * The online feature store of a data process: windows folded from the outcomes that it recorded itself.
 *
 * States: restoring → live → closed. Restoring takes the last snapshot and folds the outcomes of the process's own
 * journal after it; rows fold in any order, so requests may be answered meanwhile. When the views change the windows
 * of unchanged views are kept; a new view starts empty and is whole after its longest window.
 *
 * Limits and failure: a snapshot is written every 30 s while outcomes come in, off the main thread but for making its
 * bytes. A kill loses none of it: the journal has all that is newer. A damaged snapshot is set aside, and the windows
 * are folded anew from the journal.
 */
import { fits, RecordedOutcome, type FeatureView, type StoredEvent } from '@mulle/contract';
import { createWindowStore, type FeatureRow, type WindowStore } from '@mulle/decision';
import type { SnapshotFiles } from '../snapshot/snapshot-files.ts';
import { RecentIds } from './recent-ids.ts';

const fileName = 'online-features.bin';
const replayEvents = 5_000;

/** What replaying needs of a reader of the process's own journal. */
export interface OutcomeSource {
  /** Outcomes after an offset, at most `limit`, and where to go on. */
  readAfter(offset: number, limit: number): Promise<{ events: StoredEvent[]; nextOffset: number }>;
  endOffset(): number;
}

export interface FoldedOutcome {
  endpoint: string;
  eventTimeMs: number;
  values: FeatureRow;
}

interface Snapshot {
  offset: number;
  ids: string[];
  watermarks: [string, number][];
  windows: Uint8Array;
}

export class OnlineFeatures {
  windows: WindowStore = createWindowStore([]);
  readonly recentIds = new RecentIds();
  readonly #files: SnapshotFiles;
  readonly #watermarks = new Map<string, number>();
  #viewsJson = '[]';
  #offset = 0;
  #foldedSinceSnapshot = 0;
  #isLive = false;

  constructor(files: SnapshotFiles) {
    this.#files = files;
  }

  /** The newest event time of an endpoint's outcomes; null before the first. */
  watermarkMs(endpoint: string): number | null {
    return this.#watermarks.get(endpoint) ?? null;
  }

  /** Takes the views of new definitions; returns the windows that serve them. */
  setViews(views: readonly FeatureView[]): WindowStore {
    const viewsJson = JSON.stringify(views);
    if (viewsJson === this.#viewsJson) return this.windows;
    const next = createWindowStore(views);
    next.restore(this.windows.serialize());
    this.windows = next;
    this.#viewsJson = viewsJson;
    return next;
  }

  /** Restores from the last snapshot and the journal's tail; to be called once, after the first `setViews`. */
  async restore(source: OutcomeSource): Promise<void> {
    const end = source.endOffset();
    const snapshot = await this.#files.read(fileName, readSnapshot);
    if (snapshot !== undefined && snapshot.offset <= end) {
      this.windows.restore(snapshot.windows);
      this.recentIds.add(snapshot.ids);
      for (const [endpoint, timeMs] of snapshot.watermarks) this.#watermarks.set(endpoint, timeMs);
      this.#offset = snapshot.offset;
    }
    let at = this.#offset;
    while (at < end) {
      const { events, nextOffset } = await source.readAfter(at, replayEvents);
      for (const { id, value } of events) {
        if (!fits(RecordedOutcome, value)) continue;
        this.fold([value]);
        this.recentIds.add([outcomeKey(value.endpoint, id)]);
      }
      if (nextOffset <= at) break;
      at = nextOffset;
    }
    this.#offset = Math.max(this.#offset, end);
    this.#isLive = true;
  }

  /** Takes outcomes that are committed. */
  fold(outcomes: readonly FoldedOutcome[]): void {
    for (const outcome of outcomes) {
      const { endpoint, eventTimeMs } = outcome;
      this.windows.fold(endpoint, [outcome]);
      if (eventTimeMs > (this.#watermarks.get(endpoint) ?? -Infinity)) this.#watermarks.set(endpoint, eventTimeMs);
    }
    this.#foldedSinceSnapshot += outcomes.length;
  }

  /** The journal is durable up to here, and what it holds was folded by the end of this turn of the event loop. */
  committed(offset: number): void {
    if (this.#isLive) setImmediate(() => (this.#offset = Math.max(this.#offset, offset)));
  }

  /** Writes a snapshot where something was folded since the last one. */
  async snapshot(): Promise<void> {
    if (!this.#isLive || this.#foldedSinceSnapshot === 0) return;
    this.#foldedSinceSnapshot = 0;
    const { offset, ids, watermarks, windows } = {
      offset: this.#offset,
      ids: this.recentIds.list(),
      watermarks: [...this.#watermarks],
      windows: this.windows.serialize(),
    };
    const header = Buffer.from(JSON.stringify({ offset, ids, watermarks }));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(header.length);
    await this.#files.write(fileName, Buffer.concat([length, header, windows]));
  }
}

/** Outcome ids are the caller's, so they are unique within an endpoint only. */
export function outcomeKey(endpoint: string, id: string): string {
  return `${endpoint}\n${id}`;
}

/** `uint32 length | JSON {offset, ids, watermarks} | windows`; the windows carry their own checksum. */
function readSnapshot(bytes: Buffer): Snapshot {
  const end = 4 + bytes.readUInt32LE(0);
  const header: unknown = JSON.parse(bytes.toString('utf8', 4, end));
  if (typeof header !== 'object' || header === null) throw new Error('its header is no object');
  const { offset, ids, watermarks }: Partial<Record<string, unknown>> = { ...header };
  if (typeof offset !== 'number' || !Array.isArray(ids) || !Array.isArray(watermarks))
    throw new Error('its header is not whole');
  const windows = bytes.subarray(end);
  createWindowStore([]).restore(windows);
  return {
    offset,
    ids: ids.map(String),
    watermarks: watermarks.map((pair: unknown) => (Array.isArray(pair) ? [String(pair[0]), Number(pair[1])] : ['', 0])),
    windows,
  };
}
