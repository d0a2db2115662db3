import { ApiError } from '@mulle/client';
import { Command, CommanderError } from 'commander';
import { toMulleError } from '#kernel/errors.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { addPipelineCommands } from './pipeline-commands.ts';
import { addPlatformCommands } from './platform-commands.ts';
import { addProjectCommands } from './project-commands.ts';
import { addServingCommands } from './serving-commands.ts';
import { addUpCommand } from './up-command.ts';

export interface ProgramContext {
  /** The module that a role is started from. */
  entry: string;
  version: string;
  openApiDocument: () => Promise<unknown>;
}

/** The command line. */
function createProgram({ entry, version, openApiDocument }: ProgramContext): Command {
  const program = new Command('mulle');
  program
    .description('MLOps and LLMOps on one machine or many. Start with: mulle up')
    .version(version)
    .showSuggestionAfterError()
    .showHelpAfterError('(mulle --help lists the commands)')
    .exitOverride();
  addUpCommand(program, entry);
  addProjectCommands(program);
  addPipelineCommands(program);
  addServingCommands(program);
  addPlatformCommands(program, openApiDocument);
  return program;
}

function tell(thrown: unknown, json: boolean): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  const error = thrown instanceof ApiError ? thrown : toMulleError(thrown);
  if (json) process.stdout.write(`${JSON.stringify({ error: { code: error.code, message: error.message } })}\n`);
  // A failure of ours is told with its stack, one of the caller's with what to do.
  else process.stderr.write(`${error.code === 'internal' ? (error.stack ?? error.message) : error.message}\n`);
  return exitCodeOf(error.code);
}

/** Runs one command line; the exit code is set, nothing is thrown. */
export async function runProgram(argv: readonly string[], context: ProgramContext): Promise<void> {
  try {
    await createProgram(context).parseAsync([...argv]);
  } catch (thrown) {
    process.exitCode = tell(thrown, argv.includes('--json'));
  }
}
