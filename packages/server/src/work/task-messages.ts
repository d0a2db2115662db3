import type { LeasedTask } from '@mulle/contract';

/** What the executor hands to a task's process. */
export interface StartTask {
  kind: 'start-task';
  leased: LeasedTask;
}

export type LogLevel = 'debug' | 'info' | 'warning' | 'error';

/** What a task's process tells the executor. */
export type TaskMessage =
  | { kind: 'log'; timeMs: number; level: LogLevel; message: string }
  | { kind: 'progress'; fraction: number }
  | { kind: 'succeeded'; outputs: Record<string, unknown> }
  | { kind: 'failed'; code: string; message: string; retryable: boolean };

const kinds = new Set(['log', 'progress', 'succeeded', 'failed']);

/** Only our own child speaks on this channel; the check tells its messages from those of a library. */
export function isTaskMessage(message: unknown): message is TaskMessage {
  return typeof message === 'object' && message !== null && 'kind' in message && kinds.has(String(message.kind));
}

export function isStartTask(message: unknown): message is StartTask {
  return typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'start-task';
}
