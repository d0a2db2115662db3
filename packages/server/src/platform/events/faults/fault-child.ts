/**
 * One child of a fault run, killed at a moment that its parent chooses. Arguments: role, JSON of `ChildOptions`.
 * - writer     records durably and fast without end; tells the parent of each durable call that was acknowledged.
 * - compactor  compacts all journals without end.
 * - reader     folds every event into a table of its own, positions in the same transaction.
 * - commits    makes so many durable calls one after the other, then closes and ends.
 */
import { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import { topics, type NewEvent } from '@mulle/contract';
import { monotonicMs, nowMs, sleep } from '#kernel/clock.ts';
import { Compactor, JournalReader, openJournalWriter, type JournalWriter } from '../index.ts';
import { inTransaction } from '../journal-file.ts';
import { textOf, integerOf } from '../sqlite-row.ts';
import { publishMergeNamed, publishNamed } from './planted-compaction.ts';

export interface ChildOptions {
  dir: string;
  /** Distinguishes this life of the role from those before it. */
  life: number;
  publish?: string;
  publishMerge?: string;
  maxRows?: number;
  threadModule?: string;
  commits?: number;
}

/** What a child tells its parent. */
export type ChildMessage =
  | { kind: 'ready' }
  | { kind: 'acknowledged'; ids: string[] }
  | { kind: 'commit'; ok: boolean; ms: number; code?: string; longestStallMs: number };

function tell(message: ChildMessage): void {
  process.send?.(message);
}

function complain(message: string): void {
  process.stderr.write(`${message}\n`);
}

function openWriter({ dir, threadModule }: ChildOptions): Promise<JournalWriter> {
  return openJournalWriter({
    dir,
    writer: 'writer',
    onProblem: complain,
    ...(threadModule === undefined ? {} : { threadModule: new URL(threadModule) }),
  });
}

function eventOf(id: string, index: number): NewEvent {
  return {
    topic: index % 3 === 0 ? 'outcomes' : 'decisions',
    type: 'fault-run',
    key: `endpoint-${index % 2}`,
    id,
    timeMs: nowMs(),
    value: index % 5 === 0 ? { id, note: '물레' } : { id, index, padding: 'x'.repeat(index % 200) },
  };
}

async function write(options: ChildOptions): Promise<void> {
  const writer = await openWriter(options);
  tell({ kind: 'ready' });
  for (let call = 0; ; call++) {
    for (let index = 0; index < 20; index++) writer.append(eventOf(`${options.life}-${call}-fast-${index}`, index));
    const events = Array.from({ length: 1 + (call % 40) }, (_, index) =>
      eventOf(`${options.life}-${call}-durable-${index}`, index),
    );
    await writer.appendDurable(events);
    tell({ kind: 'acknowledged', ids: events.map(({ id }) => id) });
  }
}

async function compact({
  dir,
  life,
  publish = 'right',
  publishMerge = 'right',
  maxRows = 400,
}: ChildOptions): Promise<void> {
  const compactor = new Compactor({
    dir,
    onProblem: complain,
    maxRows,
    publish: publishNamed(publish, life),
    publishMerge: publishMergeNamed(publishMerge, dir, life),
  });
  tell({ kind: 'ready' });
  for (;;) {
    await compactor.compactAll();
    await setImmediate();
  }
}

async function fold({ dir }: ChildOptions): Promise<void> {
  const reader = new JournalReader({ dir, onProblem: complain });
  const effects = new DatabaseSync(`${dir}/effects.db`);
  effects.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;
    CREATE TABLE IF NOT EXISTS seen (writer TEXT, offset INTEGER, id TEXT);
    CREATE TABLE IF NOT EXISTS positions (writer TEXT PRIMARY KEY, offset INTEGER)`);
  const rows = effects.prepare('SELECT * FROM positions').all();
  let positions = Object.fromEntries(rows.map((row) => [textOf(row, 'writer'), integerOf(row, 'offset')]));
  tell({ kind: 'ready' });
  for (;;) {
    const polled = await reader.pollAll(positions, topics, 300);
    inTransaction(effects, () => {
      const seen = effects.prepare('INSERT INTO seen VALUES (?, ?, ?)');
      for (const { writer, offset, id } of polled.events) seen.run(writer, offset, id);
      const position = effects.prepare('INSERT OR REPLACE INTO positions VALUES (?, ?)');
      for (const [writer, offset] of Object.entries(polled.positions)) position.run(writer, offset);
    });
    positions = polled.positions;
    if (polled.events.length === 0) await sleep(2);
  }
}

async function commit(options: ChildOptions): Promise<void> {
  const writer = await openWriter(options);
  let longestStallMs = 0;
  let lastMs = monotonicMs();
  const pulse = setInterval(() => {
    longestStallMs = Math.max(longestStallMs, monotonicMs() - lastMs);
    lastMs = monotonicMs();
  }, 1);
  for (let index = 0; index < (options.commits ?? 0); index++) {
    const startMs = monotonicMs();
    const outcome = await writer.appendDurable([eventOf(`commit-${index}`, index)]).then(
      () => ({ ok: true }),
      (error: unknown) => ({ ok: false, code: error instanceof Error && 'code' in error ? String(error.code) : '' }),
    );
    tell({ kind: 'commit', ...outcome, ms: monotonicMs() - startMs, longestStallMs });
    if (!outcome.ok) await sleep(50);
  }
  clearInterval(pulse);
  await writer.close();
  process.disconnect();
}

const roles: Record<string, (options: ChildOptions) => Promise<void>> = {
  writer: write,
  compactor: compact,
  reader: fold,
  commits: commit,
};
process.on('disconnect', () => process.exit());
const [, , role = '', optionsJson = ''] = process.argv;
const options: ChildOptions = JSON.parse(optionsJson);
await roles[role]?.(options);
