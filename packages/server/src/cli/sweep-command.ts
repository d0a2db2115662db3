import type { Command } from 'commander';
import { durationMs } from '@mulle/contract';
import { MulleError } from '#kernel/errors.ts';
import { print, say } from './print.ts';
import { addClientOptions, openSession, type ClientCommandOptions } from './session.ts';

interface SweepCommandOptions extends ClientCommandOptions {
  dryRun?: boolean;
  youngerThan?: string;
}

function youngMs(duration: string): number {
  try {
    return durationMs(duration);
  } catch (cause) {
    throw new MulleError('invalid_argument', `--younger-than ${duration}: a duration such as 1h.`, { cause });
  }
}

/** `mulle sweep`: the platform does the same by itself, by `retention.sweepHours`. */
export function addSweepCommand(program: Command): void {
  addClientOptions(
    program.command('sweep').description('reclaim the space of stored bytes that nothing names any more'),
  )
    .option('--dry-run', 'only count what would go')
    .option('--younger-than <duration>', 'what was stored within this time stays (default 1h)')
    .action(async (options: SweepCommandOptions) => {
      const session = openSession(options);
      const body = {
        ...(options.dryRun === true ? { dryRun: true } : {}),
        ...(options.youngerThan === undefined ? {} : { youngerThanMs: youngMs(options.youngerThan) }),
      };
      print(session, await session.control.call('sweepBlobs', { body }, { timeoutMs: 3_600_000 }), (report) => {
        const { kept, removed, removedBytes } = report;
        const verb = options.dryRun === true ? 'would be removed' : 'are removed';
        say(`${removed} files of ${removedBytes} bytes ${verb}, ${kept} are named and stay.`);
      });
    });
}
