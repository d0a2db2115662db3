import type { PipelineRun } from '@mulle/contract';
import type { Command } from 'commander';
import { sleep } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import { exitCodes } from './exit-codes.ts';
import { print, printTable, say, time } from './print.ts';
import { addClientOptions, openSession, type ClientCommandOptions, type Session } from './session.ts';

const askEveryMs = 500;

function parseParameters(pairs: readonly string[]): Record<string, string | number | boolean> {
  const parameters: Record<string, string | number | boolean> = {};
  for (const pair of pairs) {
    const cut = pair.indexOf('=');
    if (cut <= 0) throw new MulleError('invalid_argument', `-p ${pair}: write NAME=VALUE.`);
    const text = pair.slice(cut + 1);
    parameters[pair.slice(0, cut)] =
      text === 'true'
        ? true
        : text === 'false'
          ? false
          : text !== '' && Number.isFinite(Number(text))
            ? Number(text)
            : text;
  }
  return parameters;
}

/** Prints log lines as they come until the run has ended. */
async function follow(session: Session, id: string): Promise<PipelineRun> {
  let after = 0;
  for (;;) {
    const run = await session.control.call('getPipelineRun', { params: { id } });
    const { items } = await session.control.call('getPipelineLogs', { params: { id }, query: { after, limit: 1_000 } });
    for (const line of items) {
      after = line.sequence;
      if (session.json) process.stdout.write(`${JSON.stringify(line)}\n`);
      else process.stdout.write(`${time(line.timeMs).slice(11)}  ${line.task.padEnd(12)} ${line.message}\n`);
    }
    if (run.state !== 'running' && items.length === 0) return run;
    await sleep(askEveryMs);
  }
}

function printTasks(run: PipelineRun): void {
  printTable(
    ['task', 'state', 'seconds', 'error'],
    run.tasks.map((task) => [
      task.name,
      task.cached ? `${task.state} (cached)` : task.state,
      task.startedAtMs === null || task.endedAtMs === null
        ? ''
        : ((task.endedAtMs - task.startedAtMs) / 1_000).toFixed(1),
      task.error === null ? '' : `${task.error.code}: ${task.error.message}`,
    ]),
  );
}

/** Failure of a gate has an exit code of its own, so that CI can tell it from a broken step. */
function exitCodeOfRun(run: PipelineRun): number {
  if (run.state === 'succeeded') return exitCodes.ok;
  const gates = new Set(['gate_rejected', 'validation_failed', 'approval_required']);
  return run.tasks.some((task) => task.error !== null && gates.has(task.error.code))
    ? exitCodes.gateRejected
    : exitCodes.failure;
}

/** Says which run began, or follows it to its end. */
async function tellStarted(session: Session, started: PipelineRun, detach: boolean): Promise<void> {
  if (detach) return print(session, started, (run) => say(`Run ${run.id} has begun. Follow it: mulle logs ${run.id}`));
  say(`Run ${started.id}`);
  process.once('SIGINT', () => {
    say(`Run ${started.id} goes on. Follow it: mulle logs ${started.id}; end it: mulle cancel ${started.id}`);
    process.exit(exitCodes.interrupted);
  });
  const run = await follow(session, started.id);
  print(session, run, printTasks);
  process.exitCode = exitCodeOfRun(run);
}

export function addPipelineCommands(program: Command): void {
  addClientOptions(program.command('run').description('start a pipeline and follow it to its end'))
    .argument('<pipeline>', 'name of the pipeline')
    .option(
      '-p, --parameter <name=value>',
      'run parameter, may be repeated',
      (value: string, all: string[]) => [...all, value],
      [],
    )
    .option('--detach', 'print the run and return')
    .action(async (name: string, options: ClientCommandOptions & { parameter: string[]; detach?: boolean }) => {
      const session = openSession(options);
      const started = await session.control.call('startPipeline', {
        params: { name },
        body: { parameters: parseParameters(options.parameter), startedBy: 'cli' },
      });
      await tellStarted(session, started, options.detach === true);
    });
  addClientOptions(program.command('rerun').description('start a pipeline again with the parameters of a run'))
    .argument('<run>', 'id of a run of the pipeline, or of a run of an experiment that a pipeline made')
    .option('--detach', 'print the run and return')
    .action(async (id: string, options: ClientCommandOptions & { detach?: boolean }) => {
      const session = openSession(options);
      const route = /^[0-9a-f]{32}$/.test(id) ? 'runAgain' : 'runPipelineAgain';
      await tellStarted(session, await session.control.call(route, { params: { id } }), options.detach === true);
    });
  addClientOptions(program.command('logs').description('log lines of a run, followed until it ends'))
    .argument('<run>', 'id of the run')
    .action(async (id: string, options: ClientCommandOptions) => {
      const session = openSession(options);
      process.exitCode = exitCodeOfRun(await follow(session, id));
    });
  addClientOptions(program.command('cancel').description('end a run that has not ended'))
    .argument('<run>', 'id of the run')
    .action(async (id: string, options: ClientCommandOptions) => {
      const session = openSession(options);
      const run = await session.control.call('cancelPipelineRun', { params: { id } });
      print(session, run, ({ pipeline }) => say(`Run ${id} of ${pipeline} is cancelled.`));
    });
  addClientOptions(program.command('runs').description('pipeline runs, newest first')).action(
    async (options: ClientCommandOptions) => {
      const session = openSession(options);
      print(session, await session.control.call('listPipelineRuns', { query: { limit: 20 } }), ({ items }) =>
        printTable(
          ['run', 'pipeline', 'state', 'by', 'started'],
          items.map((run) => [run.id, run.pipeline, run.state, run.startedBy, time(run.createdAtMs)]),
          'No pipeline has run yet: mulle run NAME',
        ),
      );
    },
  );
}
