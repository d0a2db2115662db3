import { get as getHttp, type IncomingMessage } from 'node:http';
import { get as getHttps } from 'node:https';
import type { SnapshotLine } from '@mulle/contract';
import { sleep } from '#kernel/clock.ts';
import { random } from '#kernel/random.ts';
import { parseSnapshotLine } from './check-snapshot.ts';

export interface SnapshotClientOptions {
  controlUrl: string;
  internalToken: string;
  onConnect: () => void;
  /** False ends the connection, and a new one begins with everything. */
  onLine: (line: SnapshotLine) => boolean;
  log: (message: string) => void;
}

/** Control says something every 5 s: silence for longer is a dead connection. */
const silenceMs = 15_000;
const firstBackoffMs = 100;
const longestBackoffMs = 5_000;
const toldBackoffMs = 1_600;
/** Definitions of ten thousand endpoints fit. */
const lineCharacters = 64 * 1024 * 1024;

/**
 * Keeps a connection to control's snapshot stream.
 *
 * States: connecting → connected → waiting (0.1 s doubling to 5 s, with jitter) → connecting … → closed. A line that is not
 * valid is reported and ends the connection: what was served before goes on being served. Silence of 15 s ends it too.
 */
export class SnapshotClient {
  connected = false;
  readonly #options: SnapshotClientOptions;
  readonly #closing = new AbortController();
  readonly #running: Promise<void>;
  #saidAway = false;
  #wasConnected = false;

  constructor(options: SnapshotClientOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('closed'));
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    let backoffMs = firstBackoffMs;
    while (!signal.aborted) {
      try {
        await this.#follow(() => (backoffMs = firstBackoffMs));
      } catch (thrown) {
        if (signal.aborted) break;
        // The first failures of a start are control starting beside us.
        if (!this.#saidAway && (this.#wasConnected || backoffMs >= toldBackoffMs)) {
          this.#options.log(`Control is away (${String(thrown)}); serving what is known.`);
          this.#saidAway = true;
        }
      }
      this.connected = false;
      await sleep(backoffMs * (0.5 + random() / 2), signal).catch(() => undefined);
      backoffMs = Math.min(longestBackoffMs, 2 * backoffMs);
    }
    this.connected = false;
  }

  async #follow(onConnected: () => void): Promise<void> {
    const response = await this.#connect();
    if (response.statusCode !== 200) {
      response.destroy();
      throw new Error(`GET /internal/snapshot answered ${response.statusCode}`);
    }
    this.connected = true;
    this.#wasConnected = true;
    onConnected();
    if (this.#saidAway) this.#options.log('Control is back.');
    this.#saidAway = false;
    this.#options.onConnect();
    response.setTimeout(silenceMs, () => response.destroy(new Error(`silent for ${silenceMs} ms`)));
    response.setEncoding('utf8');
    let rest = '';
    for await (const chunk of response) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > lineCharacters) throw new Error(`a line of more than ${lineCharacters} characters`);
      for (const text of lines) {
        if (text.trim() === '') continue;
        if (!this.#options.onLine(parseSnapshotLine(text))) throw new Error('the stream missed a change');
      }
    }
    throw new Error('the stream ended');
  }

  #connect(): Promise<IncomingMessage> {
    const { controlUrl, internalToken } = this.#options;
    const url = new URL('/internal/snapshot', controlUrl);
    const get = url.protocol === 'https:' ? getHttps : getHttp;
    return new Promise((resolve, reject) => {
      const request = get(
        url,
        {
          signal: this.#closing.signal,
          agent: false,
          headers: { authorization: `Bearer ${internalToken}`, accept: 'application/x-ndjson' },
        },
        resolve,
      );
      request.on('error', reject);
      request.setTimeout(silenceMs, () => request.destroy(new Error(`no answer in ${silenceMs} ms`)));
    });
  }
}
