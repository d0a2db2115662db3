import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { RoleConfig } from '#config/index.ts';
import { readRoleConfig } from '#config/index.ts';
import { runChild, type RunningChild } from '#platform/processes/index.ts';
import { version } from './version.ts';

// One module for the command line and for every role, so that each loads only what it needs:
//   mulle COMMAND …            the command line
//   <this file> role NAME      a role, started by its parent
enableCompileCache();

const entry = fileURLToPath(import.meta.url);

const roles: Readonly<Record<string, (role: RoleConfig) => Promise<RunningChild>>> = {
  control: async (role) => (await import('./roles/control-role.ts')).startControl(role),
  data: async (role) => (await import('./roles/data-role.ts')).startData(role),
  work: async (role) => (await import('#work/work-role.ts')).startWork(role, entry),
  compactor: async (role) => (await import('#work/compaction.ts')).startCompactor(role),
};

async function runRole(name: string): Promise<void> {
  const role = readRoleConfig();
  // A task's process takes its work over the channel and has no `ready` of its own.
  if (name === 'task') return (await import('#work/task-child.ts')).runTaskChild(role);
  const start = roles[name];
  if (start === undefined) throw new Error(`There is no role "${name}".`);
  await runChild(() => start(role));
}

const [command, name] = process.argv.slice(2);
if (command === 'role' && name !== undefined) {
  await runRole(name);
} else {
  const { runProgram } = await import('#cli/index.ts');
  await runProgram(process.argv, {
    entry,
    version,
    packages: async () => (await import('./roles/packages.ts')).packages,
    openApiDocument: async () => (await import('#http/openapi.ts')).openApiDocument(version),
  });
}
