import { readFile } from 'node:fs/promises';

const pageBytes = 4096;
/** Clock ticks of /proc: USER_HZ, the same on every Linux. */
const tickMs = 10;

export interface ProcessUsage {
  /** Stopped by a signal: it does nothing until another comes. */
  readonly isStopped: boolean;
  /** Processor time of all its threads so far. */
  readonly cpuMs: number;
  readonly residentBytes: number;
}

/** What Linux tells of a process; null elsewhere, or when it is gone. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
export async function processUsage(pid: number | null): Promise<ProcessUsage | null> {
  if (pid === null) return null;
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'latin1');
    // The name stands in parentheses and may hold anything, spaces and parentheses too.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state = ''] = fields;
    return {
      isStopped: state === 'T' || state === 't',
      cpuMs: tickMs * (Number(fields[11]) + Number(fields[12])),
      residentBytes: pageBytes * Number(fields[21]),
    };
  } catch {
    return null;
  }
}

/** Resident memory of a process; null where nobody tells. */
export async function residentBytes(pid: number | null): Promise<number | null> {
  return (await processUsage(pid))?.residentBytes ?? null;
}
