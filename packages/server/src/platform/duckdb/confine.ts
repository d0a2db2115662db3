import type { DuckdbSession } from './open-duckdb.ts';
import { sqlText } from './open-duckdb.ts';

/**
 * From here on the session may touch only these files and folders, and its settings are locked: what a user's SQL
 * may read is decided before it runs.
 */
export async function confine(
  session: DuckdbSession,
  allowed: { directories: readonly string[]; files: readonly string[] },
): Promise<void> {
  const list = (paths: readonly string[]): string => `[${paths.map(sqlText).join(', ')}]`;
  await session.run(`SET allowed_directories = ${list(allowed.directories.map((directory) => `${directory}/`))}`);
  await session.run(`SET allowed_paths = ${list(allowed.files)}`);
  await session.run('SET enable_external_access = false');
  await session.run('SET lock_configuration = true');
}
