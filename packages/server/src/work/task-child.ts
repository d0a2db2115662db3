import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { LeasedTask } from '@mulle/contract';
import { ApiError, createControlClient } from '@mulle/client';
import { homeLayout, type RoleConfig } from '#config/index.ts';
import { nowMs } from '#kernel/clock.ts';
import { MulleError, toMulleError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import { openBlobStore } from '#platform/blobs/index.ts';
import type { TaskContext, TaskKind, TaskOptions, TaskOutputs } from './task-context.ts';
import { isStartTask, type TaskMessage } from './task-messages.ts';
import { taskRunners } from './tasks/registry.ts';

function tell(message: TaskMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) return resolve();
    process.send(message, () => resolve());
  });
}

/** A progress report every quarter of a second is enough for any eye. */
const progressEveryMs = 250;

async function openContext(leased: LeasedTask, role: RoleConfig, signal: AbortSignal): Promise<TaskContext> {
  const layout = homeLayout(role.config.home);
  mkdirSync(layout.tmp, { recursive: true });
  let lastProgressMs = 0;
  return {
    leased,
    role,
    layout,
    signal,
    control: createControlClient({ url: role.controlUrl, key: role.config.internalToken, tries: 5 }),
    blobs: await openBlobStore(layout.blobs, { maximumBytes: role.config.limits.blobBytes }),
    scratch: mkdtempSync(join(layout.tmp, 'task-')),
    log(message, level = 'info') {
      void tell({ kind: 'log', timeMs: nowMs(), level, message: message.slice(0, limits.logLineCharacters) });
    },
    progress(fraction) {
      if (nowMs() - lastProgressMs < progressEveryMs) return;
      lastProgressMs = nowMs();
      void tell({ kind: 'progress', fraction: Math.min(1, Math.max(0, fraction)) });
    },
  };
}

async function run<K extends TaskKind>(context: TaskContext, kind: K, options: TaskOptions<K>): Promise<TaskOutputs> {
  const runner = await taskRunners[kind]();
  return runner(context, options);
}

function failure(thrown: unknown): TaskMessage {
  if (thrown instanceof ApiError)
    return { kind: 'failed', code: thrown.code, message: thrown.message, retryable: thrown.retryable };
  const error = toMulleError(thrown);
  const message = error.code === 'internal' ? (error.stack ?? error.message) : error.message;
  return { kind: 'failed', code: error.code, message, retryable: error.code === 'internal' || error.retryable };
}

/**
 * The life of a task's process: takes one task from its parent, runs it, tells the result, ends. The end of the
 * channel ends it at once; SIGTERM aborts the signal and leaves the task a moment to clean up.
 */
export function runTaskChild(role: RoleConfig): void {
  const abort = new AbortController();
  process.on('disconnect', () => process.exit(1));
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => abort.abort(new MulleError('conflict', 'The task was cancelled.')));
  process.on('message', (message) => {
    if (!isStartTask(message)) return;
    void (async () => {
      let context: TaskContext | undefined;
      try {
        context = await openContext(message.leased, role, abort.signal);
        const { task } = message.leased;
        const outputs = await run(context, task.kind, task.with as TaskOptions<typeof task.kind>);
        await tell({ kind: 'succeeded', outputs });
      } catch (thrown) {
        await tell(failure(thrown));
      } finally {
        if (context) rmSync(context.scratch, { recursive: true, force: true });
        process.exit(0);
      }
    })();
  });
}
