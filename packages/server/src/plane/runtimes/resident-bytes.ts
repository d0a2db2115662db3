import { readFile } from 'node:fs/promises';

const pageBytes = 4096;

/** Resident memory of a process as Linux tells it; null elsewhere, or when it is gone. */
export async function residentBytes(pid: number | null): Promise<number | null> {
  if (pid === null) return null;
  try {
    const [, pages] = (await readFile(`/proc/${pid}/statm`, 'latin1')).split(' ');
    return Number(pages) * pageBytes;
  } catch {
    return null;
  }
}
