import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../../packages/server/bin/mulle.js', import.meta.url));

export interface StartedPlatform {
  child: ChildProcess;
  controlUrl: string;
  dataUrl: string;
  /** From spawn to the line that says ready. */
  readyMs: number;
}

/** Starts `mulle up --ephemeral` as an operator does, its compile cache in a temporary folder of its own. */
export function startPlatform(temporaryFolder: string): Promise<StartedPlatform> {
  return new Promise((resolve, reject) => {
    const startedMs = performance.now();
    const child = spawn(process.execPath, [bin, 'up', '--ephemeral', '--port', '0', '--json'], {
      env: { ...process.env, NODE_COMPILE_CACHE: undefined, TMPDIR: temporaryFolder },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`mulle up ended with exit code ${code}`)));
    createInterface({ input: child.stdout }).once('line', (line) => {
      const { controlUrl, dataUrl } = JSON.parse(line) as { controlUrl: string; dataUrl: string };
      resolve({ child, controlUrl, dataUrl, readyMs: performance.now() - startedMs });
    });
  });
}

/** The process and all that descend from it. */
export function processTree(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync('/proc')) {
    if (!/^[0-9]+$/.test(entry)) continue;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
    } catch {
      // The process ended between the listing and the look.
    }
  }
  const found: number[] = [];
  const visit = (pid: number): void => {
    found.push(pid);
    for (const child of children.get(pid) ?? []) visit(child);
  };
  visit(root);
  return found;
}

/** Resident and proportional set size in MB, from /proc/PID/smaps_rollup. */
export function memoryMb(pid: number): { rss: number; pss: number; name: string } {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kilobytes = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(rollup)?.[1] ?? 0);
  const name = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean).slice(-2).join(' ');
  return { rss: kilobytes('Rss') / 1024, pss: kilobytes('Pss') / 1024, name };
}

/** Resident memory in MB of a Node process that does nothing: the least that each of ours can have. */
export async function bareNodeMb(): Promise<number> {
  const child = spawn(process.execPath, ['-e', "process.stdout.write('.'); setTimeout(() => {}, 60_000)"], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const { rss } = memoryMb(child.pid ?? 0);
  child.kill('SIGKILL');
  return rss;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.startsWith('Z') !== true;
  } catch {
    return false;
  }
}
