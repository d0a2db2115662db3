import type { PlanChange } from '@mulle/contract';
import type { Command } from 'commander';
import { MulleError } from '#kernel/errors.ts';
import { print, printTable, say } from './print.ts';
import { defaultProjectFile, readProject } from './project-file.ts';
import { addClientOptions, openSession, type ClientCommandOptions } from './session.ts';

function printChanges(changes: readonly PlanChange[]): void {
  const sign = { create: '+', update: '~', delete: '-' };
  for (const change of changes) process.stdout.write(`${sign[change.action]} ${change.section} ${change.name}\n`);
  if (changes.length === 0) say('Nothing would change.');
}

export function addProjectCommands(program: Command): void {
  addClientOptions(program.command('plan').description('show what applying the project would change'))
    .option('-f, --file <file>', 'project file', defaultProjectFile)
    .action(async (options: ClientCommandOptions & { file: string }) => {
      const session = openSession(options);
      print(
        session,
        await session.control.call('planManifest', { body: await readProject(options.file) }),
        ({ changes }) => printChanges(changes),
      );
    });
  addClientOptions(program.command('apply').description('make the project so, as a recorded version'))
    .option('-f, --file <file>', 'project file', defaultProjectFile)
    .action(async (options: ClientCommandOptions & { file: string }) => {
      const session = openSession(options);
      const applied = await session.control.call('applyManifest', { body: await readProject(options.file) });
      print(session, applied, ({ version, digest, changes }) => {
        printChanges(changes);
        say(`Version ${version} (${digest.slice(0, 12)}) is applied. Start a pipeline: mulle run NAME`);
      });
    });
  addClientOptions(program.command('history').description('applied versions of the project')).action(
    async (options: ClientCommandOptions) => {
      const session = openSession(options);
      print(session, await session.control.call('listManifests', {}), ({ items }) =>
        printTable(
          ['version', 'digest', 'by', 'changes'],
          items.map((item) => [item.version, item.digest.slice(0, 12), item.actor, item.changes.length]),
          'No project is applied yet: mulle apply -f mulle.config.ts',
        ),
      );
    },
  );
  addClientOptions(program.command('revert').description('apply an earlier version of the project again'))
    .argument('<version>', 'number of the version')
    .action(async (version: string, options: ClientCommandOptions) => {
      if (!/^[1-9][0-9]*$/.test(version))
        throw new MulleError('invalid_argument', `"${version}" is no number of a version. mulle history lists them.`);
      const session = openSession(options);
      print(session, await session.control.call('revertManifest', { body: { version: Number(version) } }), (applied) =>
        say(`Version ${applied.version} is applied.`),
      );
    });
}
