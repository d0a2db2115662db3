import type { Command } from 'commander';
import { processEnvironment } from '#config/index.ts';
import { MulleError } from '#kernel/errors.ts';
import { exitCodes } from './exit-codes.ts';
import { bringAll } from './mlflow-import/bring-experiments.ts';
import { FolderSource } from './mlflow-import/folder-source.ts';
import type { ImportSource } from './mlflow-import/import-source.ts';
import { ServerSource } from './mlflow-import/server-source.ts';
import { Tally } from './mlflow-import/tally.ts';
import { MlflowWire } from './mlflow-import/wire.ts';
import { print, printTable, say } from './print.ts';
import { addClientOptions, openSession, type ClientCommandOptions } from './session.ts';

interface ImportOptions extends ClientCommandOptions {
  experiment: string[];
  into?: string;
  artifacts: boolean;
}

/** As MLflow's clients let themselves in. */
function credentials(environment: Record<string, string | undefined>): Record<string, string> {
  const token = environment['MLFLOW_TRACKING_TOKEN'];
  const user = environment['MLFLOW_TRACKING_USERNAME'];
  if (user !== undefined) {
    const pair = `${user}:${environment['MLFLOW_TRACKING_PASSWORD'] ?? ''}`;
    return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
  }
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

async function openSource(from: string): Promise<ImportSource> {
  if (/^https?:\/\//.test(from)) {
    const url = from.replace(/\/+$/, '');
    return new ServerSource(url, new MlflowWire(url, credentials(processEnvironment())));
  }
  if (/^[a-z][a-z0-9+]+:/i.test(from) && !from.startsWith('file:')) {
    const message = `${from} is neither an http(s) address nor a folder. Serve it: mlflow server --backend-store-uri ${from}`;
    throw new MulleError('invalid_argument', message);
  }
  return FolderSource.open(from);
}

function printTally({ counts, sent, problems }: Tally): void {
  printTable(
    ['', 'found', 'brought', 'there already', 'failed'],
    Object.entries(counts).map(([kind, { found, brought, there, failed }]) => [kind, found, brought, there, failed]),
  );
  const parts = Object.entries(sent).map(([part, count]) => `${part} ${count}`);
  say(`Sent: ${parts.join(', ')}.`);
  for (const { what, message } of problems) say(`${what}: ${message}`);
  if (problems.length > 0) say('The rest is whole. When what failed is mended, the same command goes on with it.');
}

/** `mulle import mlflow`: what another tool recorded, brought over. */
export function addImportCommand(program: Command): void {
  const imports = program.command('import').description('bring over what another tool recorded');
  addClientOptions(
    imports
      .command('mlflow')
      .description('experiments, runs, models, versions and traces of an MLflow server or an mlruns folder'),
  )
    .argument('<from>', 'address of the server (http://…), or the folder')
    .option(
      '--experiment <name>',
      'only this one (may be repeated); no registered models then',
      (name, names: string[]) => [...names, name],
      [],
    )
    .option('--into <name>', 'the experiment here that all runs go to, in place of those of the same names')
    .option('--no-artifacts', 'leave files where they are')
    .action(async (from: string, options: ImportOptions) => {
      const session = openSession(options);
      const source = await openSource(from);
      const tally = new Tally();
      const wire = new MlflowWire(session.control.url, session.authorization);
      const target = { control: session.control, wire, tally, from: source.name, withFiles: options.artifacts };
      await bringAll(target, source, { experiments: options.experiment, into: options.into, onProgress: say });
      print(session, { from: source.name, counts: tally.counts, sent: tally.sent, problems: tally.problems }, () =>
        printTally(tally),
      );
      if (tally.problems.length > 0) process.exitCode = exitCodes.failure;
    });
}
