import { closeSync, fsyncSync, openSync, renameSync } from 'node:fs';

/** Makes the content of a file, or renames and new names in a folder, durable. */
export function syncPath(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Renames a damaged file to `<name>.corrupt-<time>`; returns the new name, undefined where there was no file. */
export function setAside(path: string, timeMs: number): string | undefined {
  const target = `${path}.corrupt-${timeMs}`;
  try {
    renameSync(path, target);
    return target;
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
    throw thrown;
  }
}
