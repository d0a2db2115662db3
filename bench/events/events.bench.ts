import { fdatasyncSync, mkdirSync, openSync, closeSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NewEvent } from '@mulle/contract';
import { openJournalWriter, type JournalWriter } from '../../packages/server/src/platform/events/index.ts';
import type { BenchmarkResult } from '../benchmark.ts';
import { runFaultRounds } from './faults.ts';

// Durable events a second against an fdatasync probe of the same run, interleaved round by round, and what recording
// costs the main thread at 20,000 events a second: JSON encoding of the decision, hand-over, acknowledgement, pacing.

const rounds = 5;
const throughputEvents = 40_000;
const pacedSeconds = 2;
const pacedPerSecond = 20_000;
const probeMs = 400;
const faultRounds = 2;

function decision(index: number): NewEvent {
  const features = Array.from({ length: 20 }, (_, feature) => [`feature_${feature}`, index / (feature + 1)]);
  return {
    topic: 'decisions',
    type: 'decision-made',
    key: 'flight-delay',
    id: `01jd3k9m2-${index}`,
    timeMs: 981_000_000_000 + index,
    value: {
      unit: `flight-${index}`,
      variant: 'v12',
      propensity: 0.25,
      source: 'variant',
      latencyMs: { limit: 0.02, choose: 0.01, invoke: 0.92 },
      features: Object.fromEntries(features),
      score: 0.173,
    },
  };
}

const sample = Array.from({ length: 1_000 }, (_, index) => decision(index));

function event(index: number): NewEvent {
  return sample[index % sample.length] ?? decision(index);
}

/** Appends of 4 KB with one fdatasync each, a second. */
function probeSyncs(dir: string): number {
  const file = openSync(join(dir, 'probe'), 'a');
  const page = Buffer.alloc(4096, 1);
  const start = performance.now();
  let syncs = 0;
  while (performance.now() - start < probeMs) {
    writeSync(file, page);
    fdatasyncSync(file);
    syncs++;
  }
  closeSync(file);
  return (syncs * 1000) / (performance.now() - start);
}

/** Events a second from the first append to the commit of the last, offered as fast as the buffer takes them. */
async function measureThroughput(writer: JournalWriter): Promise<number> {
  const start = performance.now();
  for (let index = 0; index < throughputEvents;) {
    for (let burst = 0; burst < 200; burst++) {
      if (!writer.append(event(index++))) throw new Error('the buffer is full');
    }
    await sleep(writer.bufferedBytes > 16 * 1024 * 1024 ? 5 : 0);
  }
  await writer.flush();
  return (throughputEvents * 1000) / (performance.now() - start);
}

/** CPU µs of the main thread an event, at a steady pace. */
async function measureMainThread(writer: JournalWriter): Promise<number> {
  const cpu = process.threadCpuUsage();
  const start = performance.now();
  const total = pacedSeconds * pacedPerSecond;
  for (let index = 0; index < total;) {
    const due = Math.min(total, ((performance.now() - start) * pacedPerSecond) / 1000);
    while (index < due) if (!writer.append(event(index++))) throw new Error('the buffer is full');
    await sleep(1);
  }
  await writer.flush();
  const used = process.threadCpuUsage(cpu);
  return (used.user + used.system) / total;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

export async function run(): Promise<BenchmarkResult> {
  const dir = await mkdtemp(join(tmpdir(), 'mulle-bench-events-'));
  try {
    mkdirSync(join(dir, 'journals'));
    const writer = await openJournalWriter({
      dir: join(dir, 'journals'),
      writer: 'data-0',
      onProblem: (message) => process.stderr.write(`${message}\n`),
    });
    const durable: number[] = [];
    const mainThread: number[] = [];
    const probes: number[] = [];
    for (let round = 0; round < rounds; round++) {
      probes.push(probeSyncs(dir));
      durable.push(await measureThroughput(writer));
      mainThread.push(await measureMainThread(writer));
    }
    const stats = writer.stats();
    await writer.close();
    const faults = await runFaultRounds(faultRounds, 20010101);
    const figures = {
      durableEventsPerSecond: Math.round(median(durable)),
      mainThreadUsPerEvent: Number(median(mainThread).toFixed(2)),
      eventBytes: JSON.stringify(event(0).value).length,
      eventsPerCommit: Math.round(stats.committed / stats.commits),
      dropped: stats.dropped,
      synchronous: stats.synchronous,
      faultViolations: faults.violations.length,
    };
    const fdatasyncPerSecond = Math.round(median(probes));
    const fast = figures.durableEventsPerSecond >= 20_000 || fdatasyncPerSecond < 500;
    const durableForSure = stats.synchronous === 2 && stats.journalMode === 'wal' && faults.violations.length === 0;
    return {
      ok: fast && figures.mainThreadUsPerEvent <= 10 && durableForSure && stats.dropped === 0,
      figures,
      probes: { fdatasyncPerSecond },
    };
  } finally {
    await rm(dir, { recursive: true });
  }
}
