import { fork, type ChildProcess } from 'node:child_process';
import type { ControlClient } from '@mulle/client';
import type { LeasedTask } from '@mulle/contract';
import { sleep } from '#kernel/clock.ts';
import { isTaskMessage, type StartTask, type TaskMessage } from './task-messages.ts';

export interface ExecutorOptions {
  control: ControlClient;
  worker: string;
  /** Tasks that run side by side. */
  slots: number;
  /** Module and arguments of a task's process. */
  entry: string;
  args: readonly string[];
  env: Record<string, string | undefined>;
  onProblem(message: string, cause: unknown): void;
}

export interface Executor {
  /** Takes no more tasks and ends those that run; their leases pass to the next worker. */
  stop(): Promise<void>;
}

type Result = Extract<TaskMessage, { kind: 'succeeded' | 'failed' }>;

const heartbeatMs = 2_000;
const leaseWaitMs = 20_000;
const killAfterMs = 5_000;
const retryAfterMs = 200;
const toldFailures = 25;
const keptStderrCharacters = 4_000;

/**
 * Runs leased tasks, each in a process of its own.
 *
 * A task: leased → its process runs (heartbeats carry progress and log lines) → its result is told to control.
 * When control is away the task goes on and heartbeats are tried again; when the lease is lost meanwhile the process
 * is ended, since another worker may have the task. A process that ends without a result failed, and may be retried.
 */
export function startExecutor(options: ExecutorOptions): Executor {
  const stopping = new AbortController();
  const running = new Set<ChildProcess>();

  async function runTask(leased: LeasedTask): Promise<void> {
    const params = { leaseId: leased.leaseId };
    const child = fork(options.entry, [...options.args], {
      env: options.env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    running.add(child);
    let logs: { timeMs: number; level: 'debug' | 'info' | 'warning' | 'error'; message: string }[] = [];
    let progress: number | undefined;
    let result: Result | undefined;
    let stderr = '';
    child.stdout?.resume();
    child.stderr
      ?.setEncoding('utf8')
      .on('data', (text: string) => (stderr = (stderr + text).slice(-keptStderrCharacters)));
    child.on('message', (message) => {
      if (!isTaskMessage(message)) return;
      if (message.kind === 'log') logs.push({ timeMs: message.timeMs, level: message.level, message: message.message });
      else if (message.kind === 'progress') progress = message.fraction;
      else result = message;
    });
    const ended = new AbortController();
    const exited = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(signal ?? `exit ${code}`));
    }).finally(() => ended.abort());
    const end = async (): Promise<void> => {
      child.kill('SIGTERM');
      await sleep(killAfterMs, ended.signal).catch(() => undefined);
      if (!ended.signal.aborted) child.kill('SIGKILL');
    };
    const beat = async (): Promise<void> => {
      const sent = logs;
      logs = [];
      try {
        const body = { ...(progress === undefined ? {} : { progress }), ...(sent.length > 0 ? { logs: sent } : {}) };
        const answer = await options.control.call('heartbeatTask', { params, body });
        if (answer.cancel) await end();
      } catch (error) {
        logs = [...sent, ...logs];
        if (
          error instanceof Error &&
          'code' in error &&
          (error.code === 'not_found' || error.code === 'conflict' || error.code === 'invalid_state')
        ) {
          await end();
        }
      }
    };
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      void end();
    }, leased.timeoutMs);
    child.send({ kind: 'start-task', leased } satisfies StartTask);
    while (!ended.signal.aborted) {
      await sleep(heartbeatMs, ended.signal).catch(() => undefined);
      if (!ended.signal.aborted) await beat();
    }
    clearTimeout(timer);
    running.delete(child);
    if (stopping.signal.aborted && result === undefined) return;
    if (logs.length > 0) await beat();
    await complete(leased, result ?? lost(leased, await exited, timedOut, stderr));
  }

  function lost(leased: LeasedTask, how: string, timedOut: boolean, stderr: string): Result {
    if (timedOut) {
      return {
        kind: 'failed',
        code: 'deadline_exceeded',
        message: `The task took longer than ${leased.timeoutMs / 1_000} s. Raise its timeout.`,
        retryable: true,
      };
    }
    const tail = stderr.trim();
    return {
      kind: 'failed',
      code: 'internal',
      message: `The task's process ended without a result (${how}).${tail ? ` It said: ${tail}` : ''}`,
      retryable: true,
    };
  }

  async function complete(leased: LeasedTask, result: Result): Promise<void> {
    const params = { leaseId: leased.leaseId };
    const body =
      result.kind === 'succeeded'
        ? { outputs: result.outputs }
        : { error: { code: result.code, message: result.message }, retryable: result.retryable };
    try {
      await options.control.call('completeTask', { params, body });
    } catch (error) {
      options.onProblem(`The result of task "${leased.task.name}" of run ${leased.runId} could not be told`, error);
    }
  }

  async function loop(): Promise<void> {
    const tasks = new Set<Promise<void>>();
    let failures = 0;
    while (!stopping.signal.aborted) {
      const free = options.slots - tasks.size;
      if (free === 0) {
        await Promise.race(tasks);
        continue;
      }
      try {
        const lease = options.control.call(
          'leaseTasks',
          { body: { worker: options.worker, slots: free } },
          { signal: stopping.signal, timeoutMs: leaseWaitMs },
        );
        const { tasks: taken } = await lease;
        failures = 0;
        for (const leased of taken) {
          const task: Promise<void> = runTask(leased)
            .catch((error: unknown) =>
              options.onProblem(`Task "${leased.task.name}" of run ${leased.runId} failed to run`, error),
            )
            .finally(() => tasks.delete(task));
          tasks.add(task);
        }
      } catch (error) {
        if (stopping.signal.aborted) break;
        // The first ones are control starting beside us.
        if (++failures === toldFailures) options.onProblem('No tasks could be leased; trying again', error);
        await sleep(retryAfterMs, stopping.signal).catch(() => undefined);
      }
    }
    await Promise.all(tasks);
  }

  const looping = loop();
  return {
    async stop() {
      stopping.abort();
      for (const child of running) child.kill('SIGTERM');
      await looping;
    },
  };
}
