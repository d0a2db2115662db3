import type { ControlClient } from '@mulle/client';
import type { LeasedTask } from '@mulle/contract';
import { sleep } from '#kernel/clock.ts';
import { LeasedTaskProcess, type TaskProcessOptions, type TaskResult } from './leased-task.ts';

export interface ExecutorOptions extends TaskProcessOptions {
  worker: string;
  /** Tasks that run side by side. */
  slots: number;
  onProblem(message: string, cause: unknown): void;
}

export interface Executor {
  /** Takes no more tasks and ends those that run; their leases pass to the next worker. */
  stop(): Promise<void>;
}

const leaseWaitMs = 20_000;
const retryAfterMs = 200;
/** Failures in a row that are told; fewer are control starting beside us. */
const toldFailures = 25;

/** Tells control how a task ended; control decides on retries. */
async function tellResult(control: ControlClient, leased: LeasedTask, result: TaskResult): Promise<void> {
  const body =
    result.kind === 'succeeded'
      ? { outputs: result.outputs }
      : { error: { code: result.code, message: result.message }, retryable: result.retryable };
  await control.call('completeTask', { params: { leaseId: leased.leaseId }, body });
}

/**
 * Leases tasks and runs each in a process of its own, `slots` side by side. When control is away the running ones go
 * on; a process that ends without a result failed, and control may have it tried again.
 */
export function startExecutor(options: ExecutorOptions): Executor {
  const stopping = new AbortController();
  const running = new Map<LeasedTaskProcess, Promise<void>>();

  async function runTask(process: LeasedTaskProcess, leased: LeasedTask): Promise<void> {
    try {
      const result = await process.run();
      // Ended by us without having finished: its lease runs out, and the next worker begins it anew.
      if (stopping.signal.aborted && result.kind === 'failed') return;
      await tellResult(options.control, leased, result);
    } catch (error) {
      options.onProblem(`Task "${leased.task.name}" of run ${leased.runId} could not be ended in order`, error);
    } finally {
      running.delete(process);
    }
  }

  async function lease(): Promise<void> {
    const body = { worker: options.worker, slots: options.slots - running.size };
    const { tasks } = await options.control.call(
      'leaseTasks',
      { body },
      { signal: stopping.signal, timeoutMs: leaseWaitMs },
    );
    for (const leased of tasks) {
      const process = new LeasedTaskProcess(leased, options);
      running.set(process, runTask(process, leased));
    }
  }

  async function loop(): Promise<void> {
    let failures = 0;
    while (!stopping.signal.aborted) {
      if (running.size >= options.slots) {
        await Promise.race(running.values());
        continue;
      }
      try {
        await lease();
        failures = 0;
      } catch (error) {
        if (stopping.signal.aborted) break;
        if (++failures === toldFailures) options.onProblem('No tasks could be leased; trying again', error);
        await sleep(retryAfterMs, stopping.signal).catch(() => undefined);
      }
    }
    await Promise.all(running.values());
  }

  const looping = loop();
  return {
    async stop() {
      stopping.abort();
      for (const process of running.keys()) void process.end();
      await looping;
    },
  };
}
