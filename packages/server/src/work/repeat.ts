import { ApiError } from '@mulle/client';
import { monotonicMs, sleep } from '#kernel/clock.ts';

export interface Repeated {
  signal: AbortSignal;
  everyMs: number;
  /** One turn; answers how long to wait before the next where that is not `everyMs`. */
  work: () => Promise<number | void>;
  /**
   * A turn that threw. The next comes after the usual wait, but at least a second. That nobody was there to be asked is
   * told from the second time on: roles start side by side.
   */
  onProblem: (reason: string) => void;
}

const waitAfterProblemMs = 1_000;

/** Turn after turn until the signal; resolves when the last has ended. Never rejects. */
export async function repeat({ signal, everyMs, work, onProblem }: Repeated): Promise<void> {
  let absent = 0;
  while (!signal.aborted) {
    let waitMs = everyMs;
    try {
      waitMs = (await work()) ?? everyMs;
      absent = 0;
    } catch (error) {
      if (signal.aborted) return;
      const isAbsent = error instanceof ApiError && error.status === 0;
      if (!isAbsent || ++absent > 1) onProblem(error instanceof Error ? error.message : String(error));
      waitMs = Math.max(everyMs, waitAfterProblemMs);
    }
    await sleep(waitMs, signal).catch(() => undefined);
  }
}

const repeatedAfterMs = 60_000;
const rememberedMessages = 100;

/** Tells problems on stderr, each message at most once a minute. */
export function problemLog(name: string): (message: string) => void {
  const told = new Map<string, number>();
  return (message) => {
    const now = monotonicMs();
    if (now - (told.get(message) ?? -Infinity) < repeatedAfterMs) return;
    if (told.size >= rememberedMessages) told.clear();
    told.set(message, now);
    process.stderr.write(`${name}: ${message}\n`);
  };
}
