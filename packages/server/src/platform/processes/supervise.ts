import { fork, type ChildProcess } from 'node:child_process';
import { monotonicMs, sleep } from '#kernel/clock.ts';
import { MulleError } from '#kernel/errors.ts';
import { isChildMessage, type ParentMessage } from './messages.ts';

export interface ProcessSpec {
  name: string;
  /** Module to run and its arguments. */
  module: string;
  args: readonly string[];
  env: Record<string, string | undefined>;
  execArgv?: readonly string[];
}

export type ProcessEvent =
  | { kind: 'ready'; name: string; pid: number; details: Record<string, unknown> }
  | { kind: 'exited'; name: string; pid: number; code: number | null; signal: string | null; restartInMs: number };

export interface SuperviseOptions {
  onEvent?: (event: ProcessEvent) => void;
  /** Asked when the child has ended; false while the whole platform ends, whoever told the child first. */
  mayRestart?: () => boolean;
  /** Lines that the child prints. */
  onOutput?: (name: string, stream: 'stdout' | 'stderr', text: string) => void;
}

export interface SupervisedProcess {
  readonly name: string;
  /** Of the present incarnation. */
  readonly pid: number | undefined;
  /** Resolves with the details of the first `ready`; rejects when the first start fails. */
  readonly ready: Promise<Record<string, unknown>>;
  /** Asks the child to end, kills it after `graceMs`, starts it no more. */
  stop(graceMs: number): Promise<void>;
}

/** First restart at once; then doubling from 100 ms to 10 s; a minute of health forgets. */
const firstBackoffMs = 100;
const longestBackoffMs = 10_000;
const healthyAfterMs = 60_000;

/**
 * Keeps one child process alive.
 *
 * States: starting → running → (exited → waiting → starting) … → stopped. A child that fails its very first start is
 * not tried again: what is wrong then (a port, a config) will not mend itself, and the operator is there to see it.
 */
export function supervise(spec: ProcessSpec, options: SuperviseOptions = {}): SupervisedProcess {
  let child: ChildProcess | undefined;
  let stopped = false;
  let everReady = false;
  let crashes = 0;
  const first = Promise.withResolvers<Record<string, unknown>>();
  // Whoever does not look at `ready` is not ended by its failure.
  first.promise.catch(() => undefined);

  function start(): void {
    const startedAtMs = monotonicMs();
    const started = fork(spec.module, [...spec.args], {
      env: spec.env,
      execArgv: [...(spec.execArgv ?? [])],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    child = started;
    started.stdout?.setEncoding('utf8').on('data', (text: string) => options.onOutput?.(spec.name, 'stdout', text));
    started.stderr?.setEncoding('utf8').on('data', (text: string) => options.onOutput?.(spec.name, 'stderr', text));
    started.on('message', (message) => {
      if (!isChildMessage(message)) return;
      if (message.kind === 'failed') {
        first.reject(new MulleError(message.code, `The ${spec.name} process did not start: ${message.message}`));
        return;
      }
      everReady = true;
      first.resolve(message.details);
      options.onEvent?.({ kind: 'ready', name: spec.name, pid: started.pid ?? 0, details: message.details });
    });
    started.on('error', (cause) =>
      first.reject(new MulleError('unavailable', `The ${spec.name} process did not start.`, { cause })),
    );
    started.on('exit', (code, signal) => {
      first.reject(
        new MulleError('unavailable', `The ${spec.name} process ended while starting (${signal ?? `exit ${code}`}).`),
      );
      if (stopped || !everReady || options.mayRestart?.() === false) return;
      crashes = monotonicMs() - startedAtMs > healthyAfterMs ? 0 : crashes + 1;
      const restartInMs = crashes <= 1 ? 0 : Math.min(longestBackoffMs, firstBackoffMs * 2 ** (crashes - 2));
      options.onEvent?.({ kind: 'exited', name: spec.name, pid: started.pid ?? 0, code, signal, restartInMs });
      setTimeout(() => {
        if (!stopped) start();
      }, restartInMs);
    });
  }

  start();
  return {
    name: spec.name,
    get pid() {
      return child?.pid;
    },
    ready: first.promise,
    async stop(graceMs) {
      stopped = true;
      const ending = child;
      if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
      const exited = new Promise<void>((resolve) => ending.once('exit', () => resolve()));
      if (ending.connected) ending.send({ kind: 'stop' } satisfies ParentMessage);
      const grace = new AbortController();
      await Promise.race([exited, sleep(graceMs, grace.signal).catch(() => undefined)]);
      grace.abort();
      if (ending.exitCode === null && ending.signalCode === null) ending.kill('SIGKILL');
      await exited;
    },
  };
}
