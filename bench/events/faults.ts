import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runFaults, type FaultRunResult } from '../../packages/server/src/platform/events/faults/fault-run.ts';

/**
 * Kills writer, compactor and reader of the event journals `rounds` times each at seeded moments, then checks that
 * nothing acknowledged is lost, nothing is read twice and every offset is accounted for.
 */
export async function runFaultRounds(rounds: number, seed: number): Promise<FaultRunResult> {
  const dir = await mkdtemp(join(tmpdir(), 'mulle-faults-'));
  try {
    return await runFaults({ dir, rounds, seed });
  } finally {
    await rm(dir, { recursive: true });
  }
}

// node bench/events/faults.ts --rounds 100 --seed 1: one JSON line; exit code 0 if and only if nothing is wrong.
if (import.meta.main) {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '100' }, seed: { type: 'string', default: '20010101' } },
  });
  const [rounds, seed] = [Number(values.rounds), Number(values.seed)];
  const result = await runFaultRounds(rounds, seed);
  process.stdout.write(`${JSON.stringify({ rounds, seed, ok: result.violations.length === 0, ...result })}\n`);
  process.exitCode = result.violations.length === 0 ? 0 : 1;
}
