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
  | {
      kind: 'exited';
      name: string;
      pid: number;
      /** What it said of a start that failed, else its signal or exit code. */
      how: string;
      restartInMs: number;
    };

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
  /** Resolves when the child has ended and is not started again: a signal, or `exit` and a code. */
  readonly ended: Promise<string>;
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
  const last = Promise.withResolvers<string>();
  // Whoever does not look at `ready` is not ended by its failure.
  first.promise.catch(() => undefined);

  function start(): void {
    const startedAtMs = monotonicMs();
    let failure: string | undefined;
    const started = forkChild(spec, options);
    child = started;
    started.on('message', (message) => {
      if (!isChildMessage(message)) return;
      if (message.kind === 'failed') {
        failure = message.message;
        first.reject(new MulleError(message.code, `The ${spec.name} process did not start: ${message.message}`));
        return;
      }
      everReady = true;
      first.resolve(message.details);
      options.onEvent?.({ kind: 'ready', name: spec.name, pid: started.pid ?? 0, details: message.details });
    });
    started.on('error', (cause) => {
      first.reject(new MulleError('unavailable', `The ${spec.name} process did not start.`, { cause }));
      if (started.pid === undefined) last.resolve(cause.message);
    });
    started.on('exit', (code, signal) => {
      const how = signal ?? `exit ${code}`;
      first.reject(new MulleError('unavailable', `The ${spec.name} process ended while starting (${how}).`));
      if (stopped || !everReady || options.mayRestart?.() === false) return last.resolve(how);
      crashes = monotonicMs() - startedAtMs > healthyAfterMs ? 0 : crashes + 1;
      const restartInMs = crashes <= 1 ? 0 : Math.min(longestBackoffMs, firstBackoffMs * 2 ** (crashes - 2));
      options.onEvent?.({ kind: 'exited', name: spec.name, pid: started.pid ?? 0, how: failure ?? how, restartInMs });
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
    ended: last.promise,
    async stop(graceMs) {
      stopped = true;
      const ending = child;
      if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) {
        return last.resolve('stopped');
      }
      await end(ending, graceMs);
    },
  };
}

function forkChild({ name, module, args, env, execArgv = [] }: ProcessSpec, options: SuperviseOptions): ChildProcess {
  const child = fork(module, [...args], { env, execArgv: [...execArgv], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.setEncoding('utf8').on('data', (text: string) => options.onOutput?.(name, stream, text));
  }
  return child;
}

async function end(child: ChildProcess, graceMs: number): Promise<void> {
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  if (child.connected) child.send({ kind: 'stop' } satisfies ParentMessage);
  const grace = new AbortController();
  await Promise.race([exited, sleep(graceMs, grace.signal).catch(() => undefined)]);
  grace.abort();
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  await exited;
}
