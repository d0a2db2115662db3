import { monotonicMs } from '#kernel/clock.ts';
import type { Frame, OutgoingFrame } from './frames.ts';
import { HostProcess, type HostCommand } from './host-process.ts';

export interface HostExit {
  pid: number | null;
  code: number | null;
  signal: string | null;
  /** Why the model does not load; null for a crash. */
  loadError: string | null;
  /** Why it was ended from here; null where it ended by itself. */
  reason: string | null;
}

export interface HostOwner {
  /** Asked at each start, since a blob's path may only be known when it is fetched. */
  command(): Promise<HostCommand>;
  hostReady(host: ModelHost): void;
  hostAnswered(host: ModelHost, frame: Frame): void;
  /** The process is gone; the next one starts in `restartInMs`. */
  hostExited(host: ModelHost, exit: HostExit, restartInMs: number): void;
}

export type HostState = 'starting' | 'ready' | 'restarting' | 'stopped';

const firstBackoffMs = 100;
const longestBackoffMs = 4_000;
const loadRetryMs = 30_000;
const healthyAfterMs = 60_000;

/**
 * A model host that is kept alive.
 *
 * States: starting → ready → restarting → ready … → stopped. After a crash the next process starts at once, after
 * repeated ones with a delay that doubles from 100 ms to 4 s; a minute of health forgets them. A model that does not
 * load is tried again every 30 s: its blob may come back, its bytes will not change.
 */
export class ModelHost {
  state: HostState = 'starting';
  restarts = 0;
  readonly #owner: HostOwner;
  #process: HostProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #crashes = 0;
  #readyAtMs = 0;
  #startedAtMs = 0;
  #killedFor: string | null = null;

  constructor(owner: HostOwner) {
    this.#owner = owner;
    void this.#start();
  }

  get pid(): number | null {
    return this.#process?.pid ?? null;
  }

  begin(id: number, rows: number, columns: number): OutgoingFrame | undefined {
    return this.#process?.begin(id, rows, columns);
  }

  send(frame: OutgoingFrame): void {
    this.#process?.send(frame);
  }

  /** False when there is no process to send them to. */
  sendTensors(id: number, payload: readonly Uint8Array[]): boolean {
    this.#process?.sendTensors(id, payload);
    return this.#process !== undefined;
  }

  /** Since when the present process loads its model. */
  get startedAtMs(): number {
    return this.#startedAtMs;
  }

  /** Ends the process as a crash would: it is started again. For a host that answers no more, or holds too much. */
  kill(reason: string): void {
    this.#killedFor = reason;
    this.#process?.kill();
  }

  stop(): void {
    this.state = 'stopped';
    clearTimeout(this.#timer);
    this.#process?.kill();
  }

  async #start(): Promise<void> {
    let command: HostCommand;
    try {
      command = await this.#owner.command();
    } catch (thrown) {
      this.#exited({ code: null, signal: null, loadError: thrown instanceof Error ? thrown.message : String(thrown) });
      return;
    }
    if (this.state === 'stopped') return;
    this.#startedAtMs = monotonicMs();
    this.#process = new HostProcess(command, {
      onReady: () => {
        if (this.state === 'stopped') return;
        this.state = 'ready';
        this.#readyAtMs = monotonicMs();
        this.#owner.hostReady(this);
      },
      onFrame: (frame) => this.#owner.hostAnswered(this, frame),
      onExit: (exit) => this.#exited(exit),
    });
  }

  #exited(exit: Omit<HostExit, 'pid' | 'reason'>): void {
    const { pid } = this;
    const reason = this.#killedFor;
    this.#killedFor = null;
    this.#process = undefined;
    if (this.state === 'stopped') return;
    const healthy = this.state === 'ready' && monotonicMs() - this.#readyAtMs > healthyAfterMs;
    this.#crashes = healthy ? 1 : this.#crashes + 1;
    this.restarts++;
    this.state = 'restarting';
    const backoffMs =
      this.#crashes === 1 ? 0 : Math.min(longestBackoffMs, firstBackoffMs * 2 ** Math.min(this.#crashes - 2, 10));
    const restartInMs = exit.loadError === null ? backoffMs : loadRetryMs;
    this.#timer = setTimeout(() => void this.#start(), restartInMs);
    this.#owner.hostExited(this, { pid, ...exit, reason }, restartInMs);
  }
}
