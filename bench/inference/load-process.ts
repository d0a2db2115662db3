import { connect, type Socket } from 'node:net';
import { LatencyHistogram } from '../../packages/server/src/plane/telemetry/latency-histogram.ts';

/**
 * Load from a process of its own, over kept-alive connections and with no HTTP library, so that it takes little of the
 * machine from what it measures. `closed`: each connection sends when it was answered. `open`: requests are due at a rate
 * that changes from phase to phase, wait for a free connection where all are busy, and their latency counts from when
 * they were due. Ends by itself.
 */
export interface LoadPlan {
  port: number;
  path: string;
  headers: Record<string, string>;
  /** Sent in turn. */
  bodies: string[];
  connections: number;
  /** `ratePerSecond` null: closed loop. */
  phases: { seconds: number; ratePerSecond: number | null }[];
}

export interface LoadReport {
  requests: number;
  errors: number;
  seconds: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  p999Ms: number;
  maxMs: number;
}

const separator = Buffer.from('\r\n\r\n');
const hardLimitSeconds = 300;

class Connection {
  readonly #socket: Socket;
  readonly #onAnswer: (status: number) => void;
  #pending: Buffer | undefined;

  constructor(port: number, onAnswer: (status: number) => void) {
    this.#onAnswer = onAnswer;
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (chunk: Buffer) => this.#take(chunk));
    this.#socket.on('error', () => onAnswer(0));
  }

  send(request: Buffer): void {
    this.#socket.write(request);
  }

  end(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    const bytes = this.#pending === undefined ? chunk : Buffer.concat([this.#pending, chunk]);
    this.#pending = bytes;
    const head = bytes.indexOf(separator);
    if (head < 0) return;
    const length = /content-length: (\d+)/i.exec(bytes.toString('latin1', 0, head))?.[1];
    if (bytes.length < head + 4 + Number(length ?? 0)) return;
    this.#pending = undefined;
    this.#onAnswer(Number(bytes.toString('latin1', 9, 12)));
  }
}

class Load {
  readonly #plan: LoadPlan;
  readonly #requests: Buffer[];
  readonly #histogram = new LatencyHistogram();
  readonly #free: number[] = [];
  readonly #startedMs: number[];
  readonly #connections: Connection[];
  /** Due times of open-loop requests that found no free connection. */
  readonly #waiting: number[] = [];
  #isClosedLoop = true;
  #isOver = false;
  #sent = 0;
  #busy = 0;
  #errors = 0;
  #maxMs = 0;

  constructor(plan: LoadPlan) {
    this.#plan = plan;
    const headers = Object.entries(plan.headers).map(([name, value]) => `${name}: ${value}\r\n`);
    this.#requests = plan.bodies.map((body) =>
      Buffer.from(
        `POST ${plan.path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n` +
          `content-length: ${Buffer.byteLength(body)}\r\n${headers.join('')}\r\n${body}`,
      ),
    );
    this.#startedMs = new Array<number>(plan.connections).fill(0);
    this.#connections = Array.from({ length: plan.connections }, (_, index) => {
      this.#free.push(index);
      return new Connection(plan.port, (status) => this.#answered(index, status));
    });
  }

  async run(): Promise<LoadReport> {
    const beganMs = performance.now();
    for (const { seconds, ratePerSecond } of this.#plan.phases) {
      this.#isClosedLoop = ratePerSecond === null;
      if (ratePerSecond === null) await this.#closedPhase(seconds);
      else await this.#openPhase(seconds, ratePerSecond);
    }
    this.#isOver = true;
    while (this.#busy > 0 || this.#waiting.length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const seconds = (performance.now() - beganMs) / 1_000;
    for (const connection of this.#connections) connection.end();
    const quantile = (probability: number): number => this.#histogram.quantile(probability);
    return {
      requests: this.#histogram.count,
      errors: this.#errors,
      seconds,
      p50Ms: quantile(0.5),
      p95Ms: quantile(0.95),
      p99Ms: quantile(0.99),
      p999Ms: quantile(0.999),
      maxMs: this.#maxMs,
    };
  }

  async #closedPhase(seconds: number): Promise<void> {
    for (let free = this.#free.shift(); free !== undefined; free = this.#free.shift())
      this.#send(free, performance.now());
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    this.#isClosedLoop = false;
  }

  /** Every millisecond sends what became due. */
  async #openPhase(seconds: number, ratePerSecond: number): Promise<void> {
    const beganMs = performance.now();
    const total = Math.round(seconds * ratePerSecond);
    let due = 0;
    while (due < total) {
      const elapsedMs = performance.now() - beganMs;
      for (; due < total && (due * 1_000) / ratePerSecond <= elapsedMs; due++) {
        this.#offer(beganMs + (due * 1_000) / ratePerSecond);
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  #offer(dueMs: number): void {
    const free = this.#free.shift();
    if (free === undefined) this.#waiting.push(dueMs);
    else this.#send(free, dueMs);
  }

  #send(index: number, atMs: number): void {
    const request = this.#requests[this.#sent++ % this.#requests.length];
    if (request === undefined) return;
    this.#startedMs[index] = atMs;
    this.#busy++;
    this.#connections[index]?.send(request);
  }

  #answered(index: number, status: number): void {
    const ms = performance.now() - (this.#startedMs[index] ?? 0);
    this.#histogram.record(ms);
    this.#maxMs = Math.max(this.#maxMs, ms);
    this.#busy--;
    if (status !== 200) this.#errors++;
    const waited = this.#waiting.shift();
    if (waited !== undefined) this.#send(index, waited);
    else if (this.#isClosedLoop && !this.#isOver) this.#send(index, performance.now());
    else this.#free.push(index);
  }
}

setTimeout(() => process.exit(1), hardLimitSeconds * 1_000).unref();
process.on('disconnect', () => process.exit(1));
process.once('message', (plan) => {
  // Handed over by the bench that forked this process.
  void new Load(plan as LoadPlan).run().then((report) => {
    process.send?.(report, () => process.exit(0));
  });
});
