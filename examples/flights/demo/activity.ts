import type { ControlClient } from '@mulle/client';
import type { Activity } from '@mulle/contract';

/** Follows the platform's own record of what happened, and keeps all of it. */
export class ActivityLog {
  readonly events: Activity[] = [];
  readonly #abort = new AbortController();
  readonly #listeners = new Set<(event: Activity) => void>();

  /** Starts to listen; the stream resumes by itself when it is cut. */
  follow(control: ControlClient): void {
    void this.#read(control);
  }

  stop(): void {
    this.#abort.abort();
  }

  onEvent(listener: (event: Activity) => void): void {
    this.#listeners.add(listener);
  }

  /** The first event that fits, now or later; undefined when `timeoutMs` pass without one. */
  async find(fits: (event: Activity) => boolean, timeoutMs: number): Promise<Activity | undefined> {
    const there = this.events.find(fits);
    if (there !== undefined) return there;
    return new Promise((resolve) => {
      const done = (event: Activity | undefined): void => {
        clearTimeout(timer);
        this.#listeners.delete(listener);
        resolve(event);
      };
      const listener = (event: Activity): void => {
        if (fits(event)) done(event);
      };
      const timer = setTimeout(() => done(undefined), timeoutMs);
      this.#listeners.add(listener);
    });
  }

  async #read(control: ControlClient): Promise<void> {
    let lastId = '0';
    while (!this.#abort.signal.aborted) {
      try {
        const response = await control.stream(
          'streamActivity',
          {},
          { signal: this.#abort.signal, headers: { 'last-event-id': lastId } },
        );
        let buffered = '';
        for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
          const blocks = (buffered + chunk).split('\n\n');
          buffered = blocks.pop() ?? '';
          for (const block of blocks) lastId = this.#take(block) ?? lastId;
        }
      } catch {
        // Cut off: ask again from where it ended.
      }
      if (!this.#abort.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** Reads one server-sent event; answers its id. */
  #take(block: string): string | undefined {
    const field = (name: string): string | undefined =>
      block
        .split('\n')
        .find((line) => line.startsWith(`${name}:`))
        ?.slice(name.length + 1)
        .trim();
    const data = field('data');
    if (field('event') !== 'activity' || data === undefined) return undefined;
    const event = JSON.parse(data) as Activity;
    this.events.push(event);
    for (const listener of this.#listeners) listener(event);
    return field('id');
  }
}
