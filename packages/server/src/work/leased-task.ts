import { fork, type ChildProcess } from 'node:child_process';
import type { ControlClient } from '@mulle/client';
import type { LeasedTask } from '@mulle/contract';
import { sleep } from '#kernel/clock.ts';
import { isTaskMessage, type LogLevel, type StartTask, type TaskMessage } from './task-messages.ts';

export type TaskResult = Extract<TaskMessage, { kind: 'succeeded' | 'failed' }>;

export interface TaskProcessOptions {
  control: ControlClient;
  /** Module and arguments of a task's process. */
  entry: string;
  args: readonly string[];
  env: Record<string, string | undefined>;
}

const heartbeatMs = 2_000;
const killAfterMs = 5_000;
const keptStderrCharacters = 4_000;
/** What control answers when the lease is another's by now. */
const leaseLost = new Set(['not_found', 'conflict', 'invalid_state']);

/**
 * One leased task in a process of its own: started → heartbeats carry progress and log lines → ended, with a result or
 * without. Heartbeats that do not get through are tried again with what they carried; a lost lease or a cancelled run
 * ends the process.
 */
export class LeasedTaskProcess {
  readonly #leased: LeasedTask;
  readonly #options: TaskProcessOptions;
  readonly #child: ChildProcess;
  readonly #ended = new AbortController();
  readonly #exit: Promise<string>;
  #logs: { timeMs: number; level: LogLevel; message: string }[] = [];
  #progress: number | undefined;
  #result: TaskResult | undefined;
  #timedOut = false;
  #stderr = '';

  constructor(leased: LeasedTask, options: TaskProcessOptions) {
    this.#leased = leased;
    this.#options = options;
    const child = fork(options.entry, [...options.args], {
      env: options.env,
      // Not work's own: a task may make garbage.
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child = child;
    child.stdout?.resume();
    child.stderr
      ?.setEncoding('utf8')
      .on('data', (text: string) => (this.#stderr = (this.#stderr + text).slice(-keptStderrCharacters)));
    child.on('message', (message) => this.#take(message));
    this.#exit = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(signal ?? `exit ${code}`));
    }).finally(() => this.#ended.abort());
  }

  /** Runs to the end; a process that ends without a result failed. */
  async run(): Promise<TaskResult> {
    const timer = setTimeout(() => {
      this.#timedOut = true;
      void this.end();
    }, this.#leased.timeoutMs);
    this.#child.send({ kind: 'start-task', leased: this.#leased } satisfies StartTask);
    while (!this.#ended.signal.aborted) {
      await sleep(heartbeatMs, this.#ended.signal).catch(() => undefined);
      if (!this.#ended.signal.aborted) await this.#beat();
    }
    clearTimeout(timer);
    if (this.#logs.length > 0) await this.#beat();
    return this.#result ?? this.#withoutResult(await this.#exit);
  }

  /** Asks the process to end, and kills it when it does not. */
  async end(): Promise<void> {
    this.#child.kill('SIGTERM');
    await sleep(killAfterMs, this.#ended.signal).catch(() => undefined);
    if (!this.#ended.signal.aborted) this.#child.kill('SIGKILL');
  }

  #take(message: unknown): void {
    if (!isTaskMessage(message)) return;
    if (message.kind === 'log')
      this.#logs.push({ timeMs: message.timeMs, level: message.level, message: message.message });
    else if (message.kind === 'progress') this.#progress = message.fraction;
    else this.#result = message;
  }

  async #beat(): Promise<void> {
    const logs = this.#logs;
    this.#logs = [];
    const body = {
      ...(this.#progress === undefined ? {} : { progress: this.#progress }),
      ...(logs.length > 0 ? { logs } : {}),
    };
    try {
      const { cancel } = await this.#options.control.call('heartbeatTask', {
        params: { leaseId: this.#leased.leaseId },
        body,
      });
      if (cancel) await this.end();
    } catch (error) {
      this.#logs = [...logs, ...this.#logs];
      if (error instanceof Error && 'code' in error && leaseLost.has(String(error.code))) await this.end();
    }
  }

  #withoutResult(how: string): TaskResult {
    if (this.#timedOut) {
      const message = `The task took longer than ${this.#leased.timeoutMs / 1_000} s. Raise its timeout.`;
      return { kind: 'failed', code: 'deadline_exceeded', message, retryable: true };
    }
    const said = this.#stderr.trim();
    const message = `The task's process ended without a result (${how}).${said ? ` It said: ${said}` : ''}`;
    return { kind: 'failed', code: 'internal', message, retryable: true };
  }
}
