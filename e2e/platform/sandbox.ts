import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createControlClient, createInferenceClient, type ControlClient, type InferenceClient } from '@mulle/client';
import { eventually } from './eventually.ts';

const bin = fileURLToPath(new URL('../../packages/server/bin/mulle.js', import.meta.url));

/** How a program ended and what it said. */
export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A program as it runs. */
export interface Program {
  child: ChildProcess;
  pid: number;
  /** What it said so far. */
  said: { stdout: string; stderr: string };
  ended: Promise<Ended>;
}

export interface Platform {
  program: Program;
  controlUrl: string;
  dataUrl: string;
  control: ControlClient;
  /** Tries once only: a failure is a failure. */
  inference: InferenceClient;
  /** Runs one command of the command line against this platform. */
  mulle(...args: string[]): Promise<Ended>;
  /** SIGTERM, and its exit code. */
  stop(): Promise<number | null>;
}

async function readToEnd(stream: Readable | null): Promise<void> {
  // A stream that a test closes early is at its end, too.
  if (stream) await finished(stream).catch(() => undefined);
}

export interface StartOptions {
  env?: Record<string, string>;
  /** Folder it is started in; default: the sandbox's project folder. */
  cwd?: string;
}

/**
 * A folder of its own for one installation: a project folder to start in, a home, and a TMPDIR by which every process
 * that was started from here is known, orphans included.
 */
export class Sandbox {
  readonly folder = mkdtempSync(join(tmpdir(), 'mulle-e2e-'));
  readonly project = join(this.folder, 'project');
  readonly home = join(this.folder, 'home');
  readonly temporary = join(this.folder, 'tmp');

  constructor() {
    mkdirSync(this.project);
    mkdirSync(this.temporary);
  }

  start(args: readonly string[], options: StartOptions = {}): Program {
    const child = spawn(process.execPath, [bin, ...args], {
      cwd: options.cwd ?? this.project,
      env: {
        PATH: env['PATH'],
        HOME: env['HOME'],
        LANG: 'C.UTF-8',
        TMPDIR: this.temporary,
        // Shared by all sandboxes, so that only the very first start compiles.
        NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'),
        ...options.env,
      },
      // The channel stands for a launcher that may die before it.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true,
    });
    const said = { stdout: '', stderr: '' };
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
    // What it said is read to the end: the exit alone may come before.
    const read = Promise.all([child.stdout, child.stderr].map(readToEnd));
    const ended = new Promise<Ended>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => void read.then(() => resolve({ code, signal, ...said }), reject));
    });
    if (child.pid === undefined) throw new Error('mulle could not be started.');
    return { child, pid: child.pid, said, ended };
  }

  /** Runs one command to its end. */
  mulle(args: readonly string[], options: StartOptions = {}): Promise<Ended> {
    return this.start(args, options).ended;
  }

  /** `mulle up` on free ports; rejects with what it said when it does not become ready. */
  async up(args: readonly string[] = ['--home', this.home], options: StartOptions = {}): Promise<Platform> {
    const program = this.start(['up', '--port', '0', '--json', ...args], options);
    const line = await new Promise<string>((resolve, reject) => {
      const look = (): void => {
        const end = program.said.stdout.indexOf('\n');
        if (end >= 0) resolve(program.said.stdout.slice(0, end));
      };
      program.child.stdout?.on('data', look);
      void program.ended.then(
        ({ code, stderr }) => reject(new Error(`mulle up ended with ${code}: ${stderr}`)),
        reject,
      );
    });
    const { controlUrl, dataUrl } = JSON.parse(line) as { controlUrl: string; dataUrl: string };
    return {
      program,
      controlUrl,
      dataUrl,
      control: createControlClient({ url: controlUrl, tries: 1 }),
      inference: createInferenceClient({ url: dataUrl, tries: 1, timeoutMs: 10_000 }),
      mulle: (...command) => this.mulle(command, { ...options, env: { ...options.env, MULLE_URL: controlUrl } }),
      stop: async () => {
        program.child.kill('SIGTERM');
        return (await program.ended).code;
      },
    };
  }

  /** Every process that was started from here and still runs, with its command line. */
  processes(): { pid: number; command: string }[] {
    const mark = `\0TMPDIR=${this.temporary}\0`;
    return readdirSync('/proc').flatMap((name) => {
      if (!/^[0-9]+$/.test(name)) return [];
      try {
        if (!`\0${readFileSync(`/proc/${name}/environ`, 'utf8')}`.includes(mark)) return [];
        return [
          { pid: Number(name), command: readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() },
        ];
      } catch {
        // It ended while we looked, or it is not ours to read.
        return [];
      }
    });
  }

  /** The process of a role: `control`, `data`, `work`, `analyser`, `compactor`, `task`; or of a model host: `host`. */
  pidOf(role: string): number {
    const end = role === 'host' ? /onnx-host\.ts / : new RegExp(` role ${role}$`);
    const found = this.processes().find(({ command }) => end.test(command));
    if (found === undefined) throw new Error(`No process of ${role} runs.`);
    return found.pid;
  }

  /** Waits until nothing that was started from here runs any more. */
  async nothingRuns(timeoutMs: number): Promise<void> {
    await eventually(
      'everything ends',
      () => this.processes(),
      (running) => running.length === 0,
      timeoutMs,
    );
  }

  /** Ends whatever still runs and removes the folder; for the end of every test, whatever became of it. */
  async remove(): Promise<void> {
    for (const { pid } of this.processes()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended meanwhile.
      }
    }
    await this.nothingRuns(5_000);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
