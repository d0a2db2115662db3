import { flushCompileCache } from 'node:module';
import { toMulleError } from '#kernel/errors.ts';
import { isStop, type ChildMessage } from './messages.ts';

export interface RunningChild {
  /** Told to the parent with `ready`. */
  details?: Record<string, unknown>;
  /** Resolves when there is nothing more to do; the process then ends as if told to. */
  finished?: Promise<unknown>;
  /** Ends cleanly: finish what was accepted, flush, close. */
  stop(): Promise<void>;
}

/** When the first work after the start is done. */
const settledMs = 3_000;

/** Gives back what only the start needed, code included, where the process was started with `--expose-gc`. */
function collectWhenSettled(): void {
  const { gc } = globalThis;
  if (gc === undefined) return;
  setTimeout(() => gc({ type: 'major', execution: 'sync', flavor: 'last-resort' }), settledMs).unref();
}

function tell(message: ChildMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) return resolve();
    process.send(message, () => resolve());
  });
}

/**
 * The life of a child process: starts, tells its parent `ready`, and ends
 *   - on the parent's `stop`, SIGTERM, or when it has finished: cleanly, exit 0;
 *   - when the channel closes (the parent died): at once and without ceremony, so that no orphan holds a port or lock;
 *   - when the start fails: tells why, exit 1.
 * SIGINT is ignored: Ctrl-C reaches the whole process group, and the supervisor decides the order.
 */
export async function runChild(start: () => Promise<RunningChild>): Promise<void> {
  let running: RunningChild | undefined;
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    void Promise.resolve(running?.stop()).then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('disconnect', () => process.exit(1));
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', stop);
  process.on('message', (message) => {
    if (isStop(message)) stop();
  });
  try {
    running = await start();
    await tell({ kind: 'ready', details: running.details ?? {} });
    // Written now, so that the next start finds it however this one ends.
    flushCompileCache();
    collectWhenSettled();
    void running.finished?.then(stop);
  } catch (thrown) {
    const error = toMulleError(thrown);
    await tell({ kind: 'failed', code: error.code, message: error.message });
    // The parent tells people why; the stack is for us, where the failure is ours.
    if (error.code === 'internal') process.stderr.write(`${error.stack ?? error.message}\n`);
    process.exit(1);
  }
}
