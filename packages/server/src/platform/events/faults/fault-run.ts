/**
 * Fault runs: a writer, a compactor and a reader as child processes over one folder, each killed with SIGKILL again and
 * again at seeded moments and started anew, then everything is counted. An empty list of violations means: nothing that
 * was acknowledged is lost, nothing is read twice, every offset holds an event or a recorded loss.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { DatabaseSync } from 'node:sqlite';
import type { StoredEvent } from '@mulle/contract';
import { sleep } from '#kernel/clock.ts';
import { seededRandom, type Random } from '#kernel/random.ts';
import { Compactor, exportEvents, JournalReader, Lake, type JournalReaderOptions } from '../index.ts';
import { integerOf, textOf } from '../sqlite-row.ts';
import type { ChildMessage, ChildOptions } from './fault-child.ts';

const roles = ['writer', 'compactor', 'reader'] as const;
type Role = (typeof roles)[number];

export interface FaultRunOptions {
  dir: string;
  /** How often each role is killed. */
  rounds: number;
  seed: number;
  /** How the compactor publishes; see `publishNamed`. */
  publish?: string;
}

export interface FaultRunResult {
  kills: number;
  acknowledged: number;
  events: number;
  lost: number;
  violations: string[];
}

/** Starts a child of a fault run; `wrap` runs it under another program, e.g. strace. */
export function startChild(role: Role | 'commits', options: ChildOptions, wrap?: string[]): ChildProcess {
  const [program, ...before] = wrap ?? [];
  return fork(new URL('./fault-child.ts', import.meta.url), [role, JSON.stringify(options)], {
    ...(program === undefined ? {} : { execPath: program, execArgv: [...before, process.execPath] }),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

/** Kills and restarts the three roles until each was killed `rounds` times, then checks the folder. */
export async function runFaults(options: FaultRunOptions): Promise<FaultRunResult> {
  const random = seededRandom(options.seed);
  const acknowledged = new Set<string>();
  const kills = await Promise.all(roles.map((role) => killAgainAndAgain(role, options, random, acknowledged)));
  await catchUp(options);
  const result = await inspect(options.dir, acknowledged);
  return { kills: kills.reduce((sum, count) => sum + count, 0), ...result };
}

async function killAgainAndAgain(
  role: Role,
  { dir, rounds, publish }: FaultRunOptions,
  random: Random,
  acknowledged: Set<string>,
): Promise<number> {
  let kills = 0;
  for (let life = 1; life <= rounds; life++) {
    const child = startChild(role, { dir, life, ...(publish === undefined ? {} : { publish }) });
    const exited = once(child, 'exit');
    const ready = Promise.withResolvers<void>();
    const atWork = Promise.withResolvers<void>();
    let calls = 0;
    child.on('message', (message: ChildMessage) => {
      if (message.kind === 'ready') ready.resolve();
      if (message.kind !== 'acknowledged') return;
      for (const id of message.ids) acknowledged.add(id);
      if (++calls === 10) atWork.resolve();
    });
    // Some die while they start, others at work. In a run with a planted compactor the writer works first, and the
    // compactor dies by itself in each odd life.
    if (publish === undefined) {
      if (random() < 0.9) await Promise.race([ready.promise, exited]);
      await Promise.race([sleep(random() * (role === 'compactor' ? 300 : 120)), exited]);
    } else if (role === 'writer') {
      await atWork.promise;
    } else if (role === 'compactor' && life % 2 === 1) {
      await exited;
    } else {
      await Promise.race([ready.promise, exited]);
    }
    child.kill('SIGKILL');
    const [, signal] = await exited;
    if (signal === 'SIGKILL') kills++;
  }
  return kills;
}

/** Lets a last reader fold what is there. */
async function catchUp({ dir, rounds }: FaultRunOptions): Promise<void> {
  const reader = new JournalReader({ dir, onProblem: () => {} });
  const target = JSON.stringify(reader.endOffsets());
  await reader.close();
  const child = startChild('reader', { dir, life: rounds + 1 });
  const exited = once(child, 'exit');
  await once(child, 'message');
  const effects = new DatabaseSync(`${dir}/effects.db`, { readOnly: true, timeout: 5_000 });
  const positions = (): string =>
    JSON.stringify(
      Object.fromEntries(
        effects
          .prepare('SELECT * FROM positions')
          .all()
          .map((row) => [textOf(row, 'writer'), integerOf(row, 'offset')]),
      ),
    );
  while (positions() !== target && child.exitCode === null) await sleep(5);
  effects.close();
  child.kill('SIGKILL');
  await exited;
}

/** Reads a folder through every way there is and says what is wrong with it. */
export async function inspect(
  dir: string,
  acknowledged: ReadonlySet<string>,
  readerOptions: Partial<JournalReaderOptions> = {},
): Promise<Omit<FaultRunResult, 'kills'>> {
  const violations: string[] = [];
  const problems = (message: string): number => violations.push(`problem: ${message}`);
  const reader = new JournalReader({ dir, onProblem: problems, ...readerOptions });
  const events = await allEvents(reader);
  violations.push(...checkEvents(events, acknowledged));
  const lost = checkOffsets(reader, events, violations);
  violations.push(...checkEffects(dir, events));
  const lake = new Lake({ dir, onProblem: problems });
  for (const topic of ['decisions', 'outcomes'] as const) {
    const sql = 'SELECT count(*) AS n, count(DISTINCT id) AS ids FROM events';
    const [row] = await lake.queryEvents({ topic, sql });
    const expected = events.filter((event) => event.topic === topic).length;
    if (row?.['n'] !== expected || row['ids'] !== expected) {
      violations.push(
        `SQL counts ${String(row?.['n'])} ${topic} with ${String(row?.['ids'])} ids, reading ${expected}`,
      );
    }
  }
  lake.close();
  const compactor = new Compactor({ dir, onProblem: problems });
  await compactor.compactAll();
  await compactor.close();
  const after = await allEvents(reader);
  if (JSON.stringify(after) !== JSON.stringify(events)) violations.push('a compaction changed what is read');
  await reader.close();
  return { acknowledged: acknowledged.size, events: events.length, lost, violations };
}

async function allEvents(reader: JournalReader): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  for await (const event of exportEvents(reader)) events.push(event);
  return events;
}

function checkEvents(events: readonly StoredEvent[], acknowledged: ReadonlySet<string>): string[] {
  const ids = new Set(events.map(({ id }) => id));
  const missing = acknowledged.difference(ids);
  const damaged = events.filter((event) => event.value['id'] !== event.id);
  return [
    ...(missing.size > 0 ? [`${missing.size} acknowledged events are lost, e.g. ${[...missing][0] ?? ''}`] : []),
    ...(ids.size < events.length ? [`${events.length - ids.size} events are read twice`] : []),
    ...(damaged.length > 0 ? [`${damaged.length} events have another value than was written`] : []),
  ];
}

/** Every offset up to the end is an event or a loss, never both, never neither. Returns the number of losses. */
function checkOffsets(reader: JournalReader, events: readonly StoredEvent[], violations: string[]): number {
  let lost = 0;
  for (const [writer, end] of Object.entries(reader.endOffsets())) {
    const state = new Uint8Array(end + 1);
    const mark = (offset: number): void => {
      state[offset] = (state[offset] ?? 0) + 1;
    };
    for (const event of events) if (event.writer === writer) mark(event.offset);
    for (const { first, last } of reader.losses(writer)) {
      lost += last - first + 1;
      for (let offset = first; offset <= last; offset++) mark(offset);
    }
    const wrong = state.findIndex((count, offset) => offset > 0 && count !== 1);
    if (wrong >= 0) violations.push(`offset ${wrong} of ${writer} is accounted for ${state[wrong] ?? 0} times`);
  }
  return lost;
}

/** The reader's folded table, if there is one, holds each event once. */
function checkEffects(dir: string, events: readonly StoredEvent[]): string[] {
  const effects = new DatabaseSync(`${dir}/effects.db`);
  effects.exec('CREATE TABLE IF NOT EXISTS seen (writer TEXT, offset INTEGER, id TEXT)');
  const rows = effects.prepare('SELECT writer, offset, id FROM seen ORDER BY writer, offset').all();
  effects.close();
  if (rows.length === 0) return [];
  const folded = rows.map((row) => `${textOf(row, 'writer')} ${integerOf(row, 'offset')} ${textOf(row, 'id')}`);
  const expected = events.map(({ writer, offset, id }) => `${writer} ${offset} ${id}`);
  return JSON.stringify(folded) === JSON.stringify(expected)
    ? []
    : [`the reader folded ${folded.length} events (${new Set(folded).size} different) of ${expected.length}`];
}
