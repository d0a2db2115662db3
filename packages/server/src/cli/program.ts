import { Command, CommanderError } from 'commander';
import { toMulleError } from '#kernel/errors.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import type { Packages } from './package-commands.ts';
import { addUpCommand } from './up-command.ts';

export interface ProgramContext {
  /** The module that a role is started from. */
  entry: string;
  version: string;
  openApiDocument: () => Promise<unknown>;
  packages: () => Promise<Packages>;
}

/** `mulle up` stays in memory for as long as the platform runs, so it is spared what only the other commands need. */
async function addClientCommands(
  program: Command,
  { openApiDocument, packages }: Pick<ProgramContext, 'openApiDocument' | 'packages'>,
): Promise<void> {
  const [project, pipelines, serving, releases, kpis, rules, platform, restore, imports, sweep, packaging] =
    await Promise.all([
      import('./project-commands.ts'),
      import('./pipeline-commands.ts'),
      import('./serving-commands.ts'),
      import('./releases-commands.ts'),
      import('./kpis-command.ts'),
      import('./rules-commands.ts'),
      import('./platform-commands.ts'),
      import('./restore-command.ts'),
      import('./import-command.ts'),
      import('./sweep-command.ts'),
      import('./package-commands.ts'),
    ]);
  project.addProjectCommands(program);
  pipelines.addPipelineCommands(program);
  serving.addServingCommands(program);
  releases.addReleasesCommands(program);
  kpis.addKpisCommand(program);
  rules.addRulesCommands(program);
  platform.addPlatformCommands(program, openApiDocument);
  restore.addRestoreCommand(program);
  imports.addImportCommand(program);
  sweep.addSweepCommand(program);
  packaging.addPackageCommands(program, packages);
}

/** The command line. */
async function createProgram(
  argv: readonly string[],
  { entry, version, ...context }: ProgramContext,
): Promise<Command> {
  const program = new Command('mulle');
  program
    .description('MLOps and LLMOps on one machine or many. Start with: mulle up')
    .version(version)
    .showSuggestionAfterError()
    .showHelpAfterError('(mulle --help lists the commands)')
    .exitOverride();
  addUpCommand(program, entry);
  if (argv[2] !== 'up') await addClientCommands(program, context);
  return program;
}

async function tell(thrown: unknown, json: boolean): Promise<number> {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  const { ApiError } = await import('@mulle/client');
  const error = thrown instanceof ApiError ? thrown : toMulleError(thrown);
  if (json) process.stdout.write(`${JSON.stringify({ error: { code: error.code, message: error.message } })}\n`);
  // A failure of ours is told with its stack, one of the caller's with what to do.
  else process.stderr.write(`${error.code === 'internal' ? (error.stack ?? error.message) : error.message}\n`);
  return exitCodeOf(error.code);
}

/** Runs one command line; the exit code is set, nothing is thrown. */
export async function runProgram(argv: readonly string[], context: ProgramContext): Promise<void> {
  // Whoever reads us (`| head`) has seen enough: no failure.
  process.stdout.on('error', (error) => {
    if ('code' in error && error.code === 'EPIPE') process.exit(exitCodes.ok);
    throw error;
  });
  try {
    const program = await createProgram(argv, context);
    await program.parseAsync([...argv]);
  } catch (thrown) {
    process.exitCode = await tell(thrown, argv.includes('--json'));
  }
}
