import { existsSync, statSync } from 'node:fs';
import type { Command } from 'commander';
import { homeLayout, loadConfig, processEnvironment } from '#config/index.ts';
import { MulleError } from '#kernel/errors.ts';
import { listBackups, openSqliteFile, restoreBackup } from '#platform/database/index.ts';
import { lockHome } from '#platform/processes/index.ts';
import { printJson, printTable, say, time } from './print.ts';

interface RestoreOptions {
  home?: string;
  config?: string;
  backup?: string;
  list?: boolean;
  force?: boolean;
  json?: boolean;
}

/** Throws where the database is sound: going back from it loses what came after the backup. */
function assertDamaged(path: string): void {
  if (!existsSync(path) || statSync(path).size === 0) return;
  try {
    openSqliteFile(path).close();
  } catch (thrown) {
    if (thrown instanceof MulleError && thrown.code === 'corrupt_data') return;
    throw thrown;
  }
  const message = `The database ${path} is sound. To go back to a backup all the same, give --force; the present file is kept beside it.`;
  throw new MulleError('invalid_state', message);
}

function restore(options: RestoreOptions): void {
  const config = loadConfig({
    environment: processEnvironment(),
    cwd: process.cwd(),
    file: options.config,
    overrides: options.home === undefined ? {} : { home: options.home },
  });
  if (config.database.url !== '') {
    throw new MulleError('invalid_state', 'The database is PostgreSQL: restore it with its own tools.');
  }
  const layout = homeLayout(config.home);
  const backups = listBackups(layout.backups);
  if (options.list === true) {
    if (options.json === true) return printJson({ items: backups });
    return printTable(
      ['made', 'file'],
      backups.map(({ atMs, path }) => [time(atMs), path]),
    );
  }
  const chosen = options.backup ?? backups[0]?.path;
  if (chosen === undefined) throw new MulleError('not_found', `There is no backup in ${layout.backups}.`);
  const release = lockHome(config.home);
  try {
    if (options.force !== true) assertDamaged(layout.database);
    const aside = restoreBackup(chosen, layout.database) ?? null;
    if (options.json === true) return printJson({ restored: chosen, aside });
    say(`${chosen} is in place.${aside === null ? '' : ` What was there is ${aside}.`} Start again: mulle up`);
  } finally {
    release();
  }
}

/** `mulle restore`: puts a backup in the place of a damaged database, while the platform does not run. */
export function addRestoreCommand(program: Command): void {
  program
    .command('restore')
    .description('put the newest backup in the place of a damaged database; the platform must not run')
    .option('--home <folder>', 'folder of all that Mulle keeps (default .mulle)')
    .option('-c, --config <file>', 'config file (default mulle.json, if there is one)')
    .option('--backup <file>', 'this backup instead of the newest')
    .option('--list', 'only list the backups')
    .option('--force', 'even where the database is sound')
    .option('--json', 'print JSON')
    .action((options: RestoreOptions) => restore(options));
}
