/**
 * The analyser's memory across restarts: one JSON file, replaced whole.
 *
 * First line: format and SHA-256 of what follows. What does not match is set aside as `*.corrupt-<time>` and the
 * journals are folded from their beginning; the same windows come out, and control records each once.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { nowMs } from '#kernel/clock.ts';
import { sha256 } from '#kernel/ids.ts';
import type { AnalysisSnapshot } from './analysis.ts';

/** Raised with every change of what a snapshot holds. */
const format = 1;

const headerOf = (body: string): string => JSON.stringify({ format, sha256: sha256(body) });

/** Durable when it returns; a crash in between leaves the file before. Throws what the file system throws. */
export function saveCheckpoint(path: string, snapshot: AnalysisSnapshot): void {
  const body = JSON.stringify(snapshot);
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.tmp`;
  writeFileSync(temporary, `${headerOf(body)}\n${body}`, { flush: true });
  renameSync(temporary, path);
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** What was saved last; undefined where nothing was, or what is there cannot be used. */
export function loadCheckpoint(path: string, onProblem: (message: string) => void): AnalysisSnapshot | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const end = text.indexOf('\n');
  const body = text.slice(end + 1);
  if (end > 0 && text.slice(0, end) === headerOf(body)) {
    // Written by this very format, and unchanged since: the digest says so.
    return JSON.parse(body) as AnalysisSnapshot;
  }
  const aside = `${path}.corrupt-${nowMs()}`;
  renameSync(path, aside);
  onProblem(
    `The checkpoint ${path} is damaged or of another version. It was kept as ${aside}; all events are folded again.`,
  );
  return undefined;
}
