import { MulleError } from '#kernel/errors.ts';

/** What is wrong with a manifest, and where: `endpoints/flight-delay/featureService`. */
export interface ManifestProblem {
  readonly path: string;
  readonly message: string;
}

const namedInMessage = 5;

/** Collects problems; `refuse` throws `invalid_manifest` with all of them, the first five in its sentence. */
export class Problems {
  readonly list: ManifestProblem[] = [];

  add(path: string, message: string): void {
    this.list.push({ path, message });
  }

  /** Notes every name that is there twice. */
  unique(path: string, names: readonly string[]): void {
    const repeated = new Set(names.filter((name, index) => names.indexOf(name) !== index));
    for (const name of repeated)
      this.add(`${path}/${name}`, `'${name}' is there more than once. Rename or remove one.`);
  }

  /** Notes a name that is not among `known`; true when it is. */
  refers(path: string, kind: string, name: string, known: Iterable<string>): boolean {
    const names = [...known];
    if (names.includes(name)) return true;
    const choices = names.length === 0 ? 'There is none.' : `There are: ${names.slice(0, 20).join(', ')}.`;
    this.add(path, `There is no ${kind} '${name}'. ${choices}`);
    return false;
  }

  refuse(): void {
    if (this.list.length === 0) return;
    const shown = this.list.slice(0, namedInMessage).map(({ path, message }) => `${path}: ${message}`);
    const more = this.list.length - shown.length;
    throw new MulleError(
      'invalid_manifest',
      `The manifest cannot be applied. ${shown.join(' ')}${more > 0 ? ` And ${more} more.` : ''}`,
      { details: { problems: this.list } },
    );
  }
}
