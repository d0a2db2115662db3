import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createControlClient, createInferenceClient, type ControlClient, type InferenceClient } from '@mulle/client';

export interface RunningPlatform {
  controlUrl: string;
  dataUrl: string;
  control: ControlClient;
  /** Tries once only: a failure is a failure. */
  inference: InferenceClient;
  stop(): Promise<void>;
}

const bin = fileURLToPath(new URL('../../../packages/server/bin/mulle.js', import.meta.url));
const exampleFolder = fileURLToPath(new URL('..', import.meta.url));
const keptStderrCharacters = 4_000;

function addresses(line: string): { controlUrl: string; dataUrl: string } {
  const parsed: unknown = JSON.parse(line);
  if (typeof parsed === 'object' && parsed !== null && 'controlUrl' in parsed && 'dataUrl' in parsed) {
    return { controlUrl: String(parsed.controlUrl), dataUrl: String(parsed.dataUrl) };
  }
  throw new Error(`mulle up said: ${line}`);
}

function firstLine(child: ChildProcess, stderr: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    if (child.stdout) createInterface({ input: child.stdout }).once('line', resolve);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`mulle up ended with exit code ${code}: ${stderr()}`)));
  });
}

/** Starts a platform of its own with `mulle up --ephemeral`, in the example's folder, on free ports. */
export async function startPlatform(): Promise<RunningPlatform> {
  const child = spawn(process.execPath, [bin, 'up', '--ephemeral', '--port', '0', '--json'], {
    cwd: exampleFolder,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let stderr = '';
  child.stderr
    .setEncoding('utf8')
    .on('data', (text: string) => (stderr = (stderr + text).slice(-keptStderrCharacters)));
  const { controlUrl, dataUrl } = addresses(await firstLine(child, () => stderr));
  return {
    controlUrl,
    dataUrl,
    control: createControlClient({ url: controlUrl }),
    inference: createInferenceClient({ url: dataUrl, tries: 1, timeoutMs: 10_000 }),
    async stop() {
      if (child.exitCode !== null) return;
      const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.kill('SIGTERM');
      await exited;
    },
  };
}
