import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { nowMs } from '#kernel/clock.ts';

/**
 * The files with which a data process starts again when nobody else is there. A file is written under a temporary name,
 * synced, renamed, and the folder synced: it is the old one or the new one, never half of either. Writes of one name
 * follow one another; a file that a reader refuses is renamed to `<name>.corrupt-<time>` and kept for people.
 */
export class SnapshotFiles {
  readonly #folder: string;
  readonly #log: (message: string) => void;
  #writing: Promise<void> = Promise.resolve();

  constructor(folder: string, log: (message: string) => void) {
    this.#folder = folder;
    this.#log = log;
  }

  /** Writes behind what was asked for before; a failure is reported, not thrown: the old file stays. */
  write(name: string, content: string | Uint8Array): Promise<void> {
    this.#writing = this.#writing.then(() =>
      this.#write(name, content).catch((thrown: unknown) => {
        this.#log(`${join(this.#folder, name)} was not written: ${String(thrown)}. The one before stays.`);
      }),
    );
    return this.#writing;
  }

  /** Resolves when everything asked for so far is written or reported. */
  settled(): Promise<void> {
    return this.#writing;
  }

  /** What `parse` makes of the file; undefined when there is none, or when it is damaged and was set aside. */
  async read<T>(name: string, parse: (bytes: Buffer) => T): Promise<T | undefined> {
    const path = join(this.#folder, name);
    let bytes: Buffer;
    try {
      bytes = await readFile(path);
    } catch (thrown) {
      if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
      throw thrown;
    }
    try {
      return parse(bytes);
    } catch (thrown) {
      const aside = `${path}.corrupt-${nowMs()}`;
      await rename(path, aside);
      this.#log(`${path} is damaged (${String(thrown)}); set aside as ${aside}. Control sends a new one.`);
      return undefined;
    }
  }

  async #write(name: string, content: string | Uint8Array): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const path = join(this.#folder, name);
    const temporary = `${path}.writing`;
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    const folder = await open(this.#folder, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }
}
