import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { commandEnvironment } from '#config/index.ts';
import { MulleError } from '#kernel/errors.ts';
import type { TaskRunner } from '../task-context.ts';

/**
 * Runs a command of the project, without a shell, in the folder that Mulle was started in. Its lines become the
 * task's log; an exit code other than 0 fails the task.
 */
export const runCommand: TaskRunner<'command'> = async (context, options) => {
  const [program, ...args] = options.command;
  if (program === undefined) throw new MulleError('invalid_argument', 'The command is empty.');
  const environment = commandEnvironment({
    MULLE_URL: context.role.controlUrl,
    MULLE_DATA_URL: context.role.dataUrls[0] ?? '',
    MULLE_RUN_ID: context.leased.runId,
  });
  const child = spawn(program, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'], signal: context.signal });
  createInterface({ input: child.stdout }).on('line', (line) => context.log(line));
  createInterface({ input: child.stderr }).on('line', (line) => context.log(line, 'warning'));
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', (cause) =>
      reject(
        new MulleError('invalid_argument', `The command "${program}" could not be run: ${cause.message}`, { cause }),
      ),
    );
    child.once('close', (code, signal) =>
      signal === null
        ? resolve(code ?? 1)
        : reject(new MulleError('internal', `The command "${program}" was ended by ${signal}.`)),
    );
  });
  if (exitCode !== 0)
    throw new MulleError(
      'validation_failed',
      `The command "${program}" ended with exit code ${exitCode}; its lines are in the task's log.`,
    );
  return { exitCode };
};
