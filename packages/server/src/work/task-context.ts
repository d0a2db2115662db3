import type { LeasedTask, Task } from '@mulle/contract';
import type { ControlClient } from '@mulle/client';
import type { HomeLayout, RoleConfig } from '#config/index.ts';
import type { BlobStore } from '#platform/blobs/index.ts';
import type { LogLevel } from './task-messages.ts';

/** What a task may use: the public API of control, blobs, a place for temporary files, and a voice. */
export interface TaskContext {
  readonly leased: LeasedTask;
  readonly role: RoleConfig;
  readonly layout: HomeLayout;
  readonly control: ControlClient;
  readonly blobs: BlobStore;
  /** A folder of this attempt's own, removed when it ends. */
  readonly scratch: string;
  /** Aborted when the run is cancelled or the time is up. */
  readonly signal: AbortSignal;
  log(message: string, level?: LogLevel): void;
  /** 0…1. */
  progress(fraction: number): void;
}

export type TaskKind = Task['kind'];
export type TaskOptions<K extends TaskKind> = Extract<Task, { kind: K }>['with'];

/** The flat outputs that later tasks refer to; what each kind puts there is said in the contract. */
export type TaskOutputs = Record<string, string | number | boolean | null>;

/** One task kind: does its work and answers its outputs, or throws a MulleError. */
export type TaskRunner<K extends TaskKind> = (context: TaskContext, options: TaskOptions<K>) => Promise<TaskOutputs>;
