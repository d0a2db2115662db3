import { spawn, type ChildProcess } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import { commandEnvironment } from '#config/index.ts';
import { FrameBuffer, FrameReader, tensorHeader, type Frame, type OutgoingFrame, type Precision } from './frames.ts';

/** What a host tells over the channel; batches and scores go over the socket. */
export type HostMessage = { kind: 'ready' } | { kind: 'failed'; message: string };

/** How a host is started. It speaks Node's channel in JSON lines on descriptor 3, and frames on descriptor 4. */
export interface HostCommand {
  file: string;
  args: readonly string[];
  environment: Record<string, string>;
  /** Of the numbers that it is sent. */
  precision: Precision;
}

export interface HostListener {
  onReady(): void;
  onFrame(frame: Frame): void;
  /** Called once, however it ended. `loadError`: the host said that it cannot serve this model. */
  onExit(exit: { code: number | null; signal: string | null; loadError: string | null }): void;
}

function isHostMessage(message: unknown): message is HostMessage {
  return typeof message === 'object' && message !== null && 'kind' in message;
}

/** One incarnation of a model host: a child with a channel for its life and a socket pair for frames. */
export class HostProcess {
  readonly #child: ChildProcess;
  readonly #socket: Duplex;
  readonly #outgoing: FrameBuffer;

  constructor(command: HostCommand, listener: HostListener) {
    this.#outgoing = new FrameBuffer(command.precision);
    const child = spawn(command.file, [...command.args], {
      env: commandEnvironment(command.environment),
      stdio: ['ignore', 'ignore', 'inherit', 'ipc', 'pipe'],
    });
    this.#child = child;
    // Where memory runs out, a host is the one to go.
    if (child.pid !== undefined) writeFile(`/proc/${child.pid}/oom_score_adj`, '1000').catch(() => undefined);
    // Node makes the fifth descriptor, a pipe, one end of a Unix socket pair: readable and writable.
    this.#socket = child.stdio[4] as Duplex;
    const reader = new FrameReader((frame) => listener.onFrame(frame));
    this.#socket.on('data', (chunk: Buffer) => reader.push(chunk));
    // A broken socket is a host that is ending: `exit` tells.
    this.#socket.on('error', () => undefined);
    let loadError: string | null = null;
    child.on('message', (message) => {
      if (!isHostMessage(message)) return;
      if (message.kind === 'ready') listener.onReady();
      else loadError = message.message;
    });
    let ended = false;
    const end = (code: number | null, signal: string | null): void => {
      if (ended) return;
      ended = true;
      this.#socket.destroy();
      listener.onExit({ code, signal, loadError });
    };
    child.on('exit', end);
    child.on('error', (error) => {
      loadError = `The host process could not be started: ${error.message}`;
      end(null, null);
    });
  }

  get pid(): number | null {
    return this.#child.pid ?? null;
  }

  /** A frame to fill and to `send`, in memory that is used again for the next one. */
  begin(id: number, rows: number, columns: number): OutgoingFrame {
    return this.#outgoing.begin(id, rows, columns);
  }

  send({ bytes }: OutgoingFrame): void {
    this.#socket.write(bytes);
  }

  /** Sends tensors, whose memory is left alone until the host has answered. */
  sendTensors(id: number, payload: readonly Uint8Array[]): void {
    this.#socket.cork();
    this.#socket.write(
      tensorHeader(
        id,
        payload.reduce((sum, { length }) => sum + length, 0),
      ),
    );
    for (const part of payload) this.#socket.write(part);
    this.#socket.uncork();
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
