import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Manifest, type PlanChange } from '@mulle/contract';
import type { Command } from 'commander';
import { Value } from 'typebox/value';
import { MulleError } from '#kernel/errors.ts';
import { print, printTable, say } from './print.ts';
import { addClientOptions, openSession, type ClientCommandOptions } from './session.ts';

const defaultFile = 'mulle.config.ts';

function checked(value: unknown, file: string): Manifest {
  if (Value.Check(Manifest, value)) return value;
  const [first] = Value.Errors(Manifest, value);
  throw new MulleError(
    'invalid_manifest',
    `${file} is no project: ${first?.instancePath || 'it'} ${first?.message ?? 'has the wrong shape'}.`,
  );
}

/** A project file: a module that exports `project`, or the manifest as JSON. */
async function readProject(file: string): Promise<Manifest> {
  const path = resolve(file);
  if (!existsSync(path))
    throw new MulleError(
      'not_found',
      `There is no project file ${file}. Give one with --file, or write ${defaultFile}.`,
    );
  if (path.endsWith('.json')) return checked(JSON.parse(await readFile(path, 'utf8')), file);
  const module: unknown = await import(pathToFileURL(path).href);
  if (typeof module !== 'object' || module === null || !('project' in module)) {
    throw new MulleError(
      'invalid_manifest',
      `${file} exports no "project". Write: export const project = defineProject({ … }).`,
    );
  }
  return checked(module.project, file);
}

function printChanges(changes: readonly PlanChange[]): void {
  const sign = { create: '+', update: '~', delete: '-' };
  for (const change of changes) process.stdout.write(`${sign[change.action]} ${change.section} ${change.name}\n`);
  if (changes.length === 0) say('Nothing would change.');
}

export function addProjectCommands(program: Command): void {
  addClientOptions(program.command('plan').description('show what applying the project would change'))
    .option('-f, --file <file>', 'project file', defaultFile)
    .action(async (options: ClientCommandOptions & { file: string }) => {
      const session = openSession(options);
      print(
        session,
        await session.control.call('planManifest', { body: await readProject(options.file) }),
        ({ changes }) => printChanges(changes),
      );
    });
  addClientOptions(program.command('apply').description('make the project so, as a recorded version'))
    .option('-f, --file <file>', 'project file', defaultFile)
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
        ),
      );
    },
  );
  addClientOptions(program.command('revert').description('apply an earlier version of the project again'))
    .argument('<version>', 'number of the version')
    .action(async (version: string, options: ClientCommandOptions) => {
      const session = openSession(options);
      print(session, await session.control.call('revertManifest', { body: { version: Number(version) } }), (applied) =>
        say(`Version ${applied.version} is applied.`),
      );
    });
}
