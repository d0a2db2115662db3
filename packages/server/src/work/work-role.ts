/**
 * The work role: tasks, schedules, and the children that follow the journals.
 *
 * Everything here yields to the roles that answer callers: the process takes the lowest priority before it makes a
 * thread or a child, and all of them inherit it.
 *
 * Children (analyser, compactor) are kept alive; one that fails its very first start is tried again after a while, for
 * the rest of work is of use without it.
 */
import { constants, setPriority } from 'node:os';
import { createControlClient } from '@mulle/client';
import { childEnvironment, type RoleConfig } from '#config/index.ts';
import { sleep } from '#kernel/clock.ts';
import { supervise, type RunningChild, type SupervisedProcess } from '#platform/processes/index.ts';
import { startExecutor } from './executor.ts';
import { problemLog } from './repeat.ts';
import { startScheduler } from './scheduler.ts';

const childNames = ['analyser', 'compactor'] as const;
const retryStartMs = 5_000;
const childGraceMs = 5_000;

/** `entry` is the module that runs a role: `<entry> role task|analyser|compactor`. */
export async function startWork(role: RoleConfig, entry: string): Promise<RunningChild> {
  setPriority(constants.priority.PRIORITY_LOW);
  const onProblem = problemLog('work');
  const control = createControlClient({ url: role.controlUrl, key: role.config.internalToken });
  const env = (process: string): Record<string, string | undefined> => childEnvironment({ ...role, process });
  const children = childNames.map((name) =>
    keepChild(() =>
      supervise(
        { name, module: entry, args: ['role', name], env: env(name) },
        {
          onOutput: (_, __, text) => process.stderr.write(text),
          onEvent(event) {
            if (event.kind === 'exited') onProblem(`The ${name} ended (${event.signal ?? `exit ${event.code}`}).`);
          },
        },
      ),
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
      await Promise.all(children.map((child) => child.stop()));
    },
  };
}

interface KeptChild {
  stop(): Promise<void>;
}

function keepChild(start: () => SupervisedProcess): KeptChild {
  const stopping = new AbortController();
  let child = start();
  const started = (async () => {
    while (!stopping.signal.aborted) {
      try {
        await child.ready;
        return;
      } catch (error) {
        if (stopping.signal.aborted) return;
        process.stderr.write(`${error instanceof Error ? error.message : String(error)} Trying again.\n`);
        await sleep(retryStartMs, stopping.signal).catch(() => undefined);
        if (!stopping.signal.aborted) child = start();
      }
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await child.stop(childGraceMs);
      await started;
    },
  };
}
