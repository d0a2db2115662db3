const idsKept = 50_000;

/**
 * The outcome ids of late, so that a retry records nothing twice: the 50,000 newest, each with the promise of its
 * commit. A retry of an id that is on its way waits for that commit and shares its fate.
 */
export class RecentIds {
  readonly #commits = new Map<string, Promise<void> | null>();

  /** Null: committed. Undefined: not known. */
  get(key: string): Promise<void> | null | undefined {
    return this.#commits.get(key);
  }

  /** Takes ids that are being committed; they are forgotten when that fails. */
  begin(keys: readonly string[], commit: Promise<void>): void {
    for (const key of keys) this.#commits.set(key, commit);
    commit.then(
      () => this.add(keys),
      () => {
        for (const key of keys) if (this.#commits.get(key) === commit) this.#commits.delete(key);
      },
    );
  }

  /** Takes ids that are committed. */
  add(keys: readonly string[]): void {
    for (const key of keys) {
      this.#commits.delete(key);
      this.#commits.set(key, null);
    }
    for (const key of this.#commits.keys()) {
      if (this.#commits.size <= idsKept) break;
      this.#commits.delete(key);
    }
  }

  /** The committed ids, oldest first. */
  list(): string[] {
    return [...this.#commits].filter(([, commit]) => commit === null).map(([key]) => key);
  }
}
