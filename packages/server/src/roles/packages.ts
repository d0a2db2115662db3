import type { Packages } from '#cli/package-commands.ts';
import { servePackage } from './serve-package.ts';
import { writePackage } from './write-package.ts';

/** What the command line does with packages. */
export const packages: Packages = { write: writePackage, serve: servePackage };
