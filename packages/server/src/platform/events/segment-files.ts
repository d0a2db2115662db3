/**
 * Parquet files as readers meet them. A file is used only after its size and, once a process, its SHA-256 agree with the
 * manifest. One that does not is set aside: marked in the manifest, renamed to `*.corrupt-<time>`, reported; what else
 * there is stays readable. A file that is gone because it expired meanwhile is no problem.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { nowMs } from '#kernel/clock.ts';
import { setAside } from '#platform/files/durable-files.ts';
import { journalPaths } from './journal-file.ts';
import { segmentPath, type Segment } from './segment-manifest.ts';

/** Lowercase hex SHA-256 of a file, read in pieces. */
export async function fileSha256(path: string): Promise<string> {
  const digest = createHash('sha256');
  for await (const piece of createReadStream(path, { highWaterMark: 1024 * 1024 })) digest.update(piece);
  return digest.digest('hex');
}

export class SegmentFiles {
  readonly #dir: string;
  readonly #onProblem: (message: string) => void;
  /** Files whose checksum was right, with the time of modification then. */
  readonly #verified = new Map<string, number>();

  constructor(dir: string, onProblem: (message: string) => void) {
    this.#dir = dir;
    this.#onProblem = onProblem;
  }

  /** Those of `segments` that can be read; the others are set aside. */
  async usable(writer: string, segments: readonly Segment[]): Promise<Segment[]> {
    const usable: Segment[] = [];
    for (const segment of segments) {
      if (segment.state !== 'live') continue;
      const fault = await this.#faultOf(segment);
      if (fault === undefined) usable.push(segment);
      else this.#setAside(writer, segment, fault);
    }
    return usable;
  }

  async #faultOf(segment: Segment): Promise<string | undefined> {
    const path = segmentPath(this.#dir, segment.file);
    try {
      const { size, mtimeMs } = await stat(path);
      if (size !== segment.bytes) return `has ${size} bytes instead of ${segment.bytes}`;
      if (this.#verified.get(segment.file) === mtimeMs) return undefined;
      if ((await fileSha256(path)) !== segment.sha256) return 'has another checksum than when it was written';
      this.#verified.set(segment.file, mtimeMs);
      return undefined;
    } catch (thrown) {
      if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return 'is missing';
      throw thrown;
    }
  }

  #setAside(writer: string, segment: Segment, fault: string): void {
    const journal = new DatabaseSync(journalPaths(this.#dir, writer).database, { timeout: 10_000 });
    try {
      const marked = journal
        .prepare(`UPDATE segments SET state = 'aside' WHERE file = ? AND state = 'live'`)
        .run(segment.file);
      if (marked.changes === 0) return;
    } finally {
      journal.close();
    }
    const path = segmentPath(this.#dir, segment.file);
    const aside = setAside(path, nowMs());
    this.#onProblem(
      `${path} ${fault}: ${segment.rows} ${segment.topic} events (offsets ${segment.firstOffset} to ` +
        `${segment.lastOffset} of ${writer}) cannot be read. ${aside === undefined ? '' : `Set aside as ${aside}.`}`,
    );
  }
}
