import { posix } from 'node:path';

/**
 * Who may import whom: the architecture's direction as a table. `#x` is a layer of packages/server/src, reached by its
 * alias; other names are workspace packages (`examples` is
 * all of them: a user's code, which sees what users see). `#main` stands for the files directly in packages/server/src.
 */
const belowDomains = ['contract', '#kernel', '#config', '#platform'];
const belowMain = [...belowDomains, 'stats', 'decision', 'client', '#domains'];
const mayImport: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  stats: [],
  pmml: [],
  decision: ['contract', 'stats'],
  client: ['contract'],
  console: ['contract', 'stats', 'client'],
  examples: ['contract', 'client'],
  '#kernel': ['contract'],
  '#config': ['contract', '#kernel'],
  '#platform': ['contract', 'pmml', '#kernel', '#config'],
  '#plane': [...belowDomains, 'decision', 'pmml'],
  '#domains': [...belowDomains, 'stats', 'decision', 'client'],
  '#protocols': belowMain,
  // Batches ask models by the hosts that answer endpoints.
  '#work': [...belowMain, '#plane'],
  '#http': [...belowMain, 'console'],
  '#cli': belowMain,
  '#main': [...belowMain, 'console', '#plane', '#protocols', '#work', '#http', '#cli'],
};

/** Where a file lives. `name` is a key of `mayImport`. */
interface Place {
  name: string;
  domain?: string;
}

function placeOf(path: string): Place | undefined {
  const [, packageName, layer, domain] = /^packages\/([^/]+)(?:\/src\/([^/]+)(?:\/([^/]+)\/)?)?/.exec(path) ?? [];
  if (packageName === undefined) return path.startsWith('examples/') ? { name: 'examples' } : undefined;
  if (packageName !== 'server') return { name: packageName };
  const name = `#${layer ?? 'main'}`;
  if (mayImport[name] === undefined) return { name: '#main' };
  return name === '#domains' && domain !== undefined ? { name, domain } : { name };
}

/** The path that a specifier means, relative to the project; undefined for what is not the project's own. */
function targetOf(importer: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(importer), specifier);
  if (specifier.startsWith('#')) return `packages/server/src/${specifier.slice(1)}`;
  if (specifier.startsWith('@mulle/')) return `packages/${specifier.slice('@mulle/'.length)}`;
  return undefined;
}

/**
 * What is wrong with an import, as a sentence; undefined when it is allowed.
 * `importer` is a path relative to the project root with forward slashes. Files outside packages/ and examples/ may
 * import anything.
 */
export function layerViolation(importer: string, specifier: string): string | undefined {
  const from = placeOf(importer);
  const path = targetOf(importer, specifier);
  if (from === undefined || path === undefined) return undefined;
  const to = placeOf(path);
  if (to === undefined) return `'${specifier}' is no package: packages and examples import only packages.`;
  if (from.name === to.name && from.domain === to.domain) return undefined;
  if (from.name !== to.name && !mayImport[from.name]?.includes(to.name)) {
    return `${from.name} may not import ${to.name}. It knows: ${mayImport[from.name]?.join(', ') || 'nothing'}.`;
  }
  if (from.name !== to.name && specifier.startsWith('.')) {
    return `'${specifier}' leaves ${from.name}: import it as '${aliasOf(to, path)}'.`;
  }
  if (to.domain !== undefined && path !== `packages/server/src/domains/${to.domain}/index.ts`) {
    return `'${specifier}' reaches into a domain: import '#domains/${to.domain}/index.ts'.`;
  }
  return undefined;
}

function aliasOf(to: Place, path: string): string {
  return to.name.startsWith('#') ? path.replace('packages/server/src/', '#') : `@mulle/${to.name}`;
}
