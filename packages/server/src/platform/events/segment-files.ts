/**
 * Parquet files as readers meet them. A file is used only after its size and, once a process, its SHA-256 agree with the
 * manifest. One that does not is set aside: marked in the manifest, renamed to `*.corrupt-<time>`, reported; what else
 * there is stays readable. One that is gone and no longer in the manifest expired or was merged since the manifest was
 * read: `SegmentGone` is thrown, and the reader reads the manifest again.
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

/** A file went between the reading of the manifest and its own. */
class SegmentGone extends Error {}

const mostAttempts = 8;

/** Whether what was thrown means that a file went since the manifest was read, also while DuckDB was about to open it. */
export function isSegmentGone(thrown: unknown): boolean {
  if (thrown instanceof SegmentGone) return true;
  return thrown instanceof Error && /No files found|Cannot open file/.test(thrown.message);
}

/** Runs an attempt that reads the manifest and then its files, again where one of them went in between. */
export async function untilNoneIsGone<T>(attempt: () => Promise<T>): Promise<T> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt();
    } catch (thrown) {
      if (attempts === mostAttempts || !isSegmentGone(thrown)) throw thrown;
    }
  }
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

  /** Those of `segments` that can be read; damaged ones are set aside. Throws `SegmentGone`. */
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
      if (marked.changes === 0) {
        // Set aside by another reader, or no longer known at all.
        if (journal.prepare('SELECT 1 FROM segments WHERE file = ?').get(segment.file) !== undefined) return;
        throw new SegmentGone(`${segment.file} is gone`);
      }
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
