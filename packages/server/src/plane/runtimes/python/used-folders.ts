/**
 * Folders beside each other that can be made anew (environments, unpacked bundles), shared by the data processes. Who
 * uses one marks it, at once and then at every tending, by its time of modification; what nobody marked for so long is
 * removed, and so is what a process left unfinished that died over it.
 */
import { readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { nowMs } from '#kernel/clock.ts';

const dayMs = 86_400_000;
const keepMs = 30 * dayMs;
/** Making an environment takes minutes. */
const unfinishedMs = dayMs;

export class UsedFolders {
  readonly folder: string;
  readonly #used = new Set<string>();

  constructor(folder: string) {
    this.folder = folder;
  }

  /** From here on this process needs the folder of this name, which may not be there yet. */
  async use(name: string): Promise<void> {
    this.#used.add(name);
    await this.#mark(name, new Date(nowMs()));
  }

  /** Marks what this process uses and removes what nobody does. To be called once a day. */
  async tend(now: Date): Promise<void> {
    for (const name of this.#used) await this.#mark(name, now);
    for (const name of await readdir(this.folder).catch(() => [])) {
      const path = join(this.folder, name);
      const known = await stat(path).catch(() => undefined);
      const limitMs = name.endsWith('.tmp') ? unfinishedMs : keepMs;
      if (known !== undefined && now.getTime() - known.mtimeMs > limitMs)
        await rm(path, { recursive: true, force: true });
    }
  }

  async #mark(name: string, now: Date): Promise<void> {
    await utimes(join(this.folder, name), now, now).catch(() => undefined);
  }
}
