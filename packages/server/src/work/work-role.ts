/**
 * The work role: tasks, schedules, and what follows the journals.
 *
 * Everything here yields to the roles that answer callers: the process takes the lowest priority before it makes a
 * thread or a child, and all of them inherit it. The analyser lives in this process: its folding is microseconds an
 * event, and a process of its own would cost more memory than all that it knows. Tasks and the compactor, which load
 * native code and bulk data, are children.
 */
import { constants, setPriority } from 'node:os';
import { createControlClient } from '@mulle/client';
import { childEnvironment, type RoleConfig } from '#config/index.ts';
import { lightFetch } from '#platform/http/index.ts';
import { supervise, type RunningChild, type SupervisedProcess } from '#platform/processes/index.ts';
import { startAnalyser } from './analyser/start-analyser.ts';
import { watchCompaction } from './compaction.ts';
import { startExecutor } from './executor.ts';
import { problemLog } from './repeat.ts';
import { startScheduler } from './scheduler.ts';

/** `entry` is the module that runs a role: `<entry> role task|compactor`. */
export async function startWork(role: RoleConfig, entry: string): Promise<RunningChild> {
  setPriority(constants.priority.PRIORITY_LOW);
  const onProblem = problemLog('work');
  const control = createControlClient({ url: role.controlUrl, key: role.config.internalToken, fetch: lightFetch });
  const env = (process: string): Record<string, string | undefined> => childEnvironment({ ...role, process });
  const analyser = await startAnalyser(role);
  const compaction = watchCompaction(role, (): SupervisedProcess =>
    supervise(
      { name: 'compactor', module: entry, args: ['role', 'compactor'], env: env('compactor') },
      { onOutput: (_, __, text) => process.stderr.write(text), mayRestart: () => false },
    ),
  );
  const executor = startExecutor({
    control,
    worker: role.process,
    slots: role.config.work.slots,
    entry,
    args: ['role', 'task'],
    env: env('task'),
    onProblem: (message, cause) => onProblem(`${message}: ${cause instanceof Error ? cause.message : String(cause)}`),
  });
  const scheduler = startScheduler({ control, onProblem });
  return {
    async stop() {
      await scheduler.stop();
      await executor.stop();
      await Promise.all([analyser.stop(), compaction.stop()]);
    },
  };
}
