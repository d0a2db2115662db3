import { getCompileCacheDir } from 'node:module';

/** The only door to `process.env`: everything else is handed what it needs. */
export function processEnvironment(): Record<string, string | undefined> {
  return process.env;
}

/**
 * What our own Node processes share: compiled code, from their first import on. A process that has to strip types holds
 * 15 to 30 MB more for the rest of its life.
 */
export function nodeEnvironment(): Record<string, string> {
  const cache = getCompileCacheDir();
  return cache === undefined ? {} : { NODE_COMPILE_CACHE: cache };
}

/** Environment of a child of ours: the same, so that PATH and locale reach it, and the role's configuration. */
export function childEnvironment(roleConfig: unknown): Record<string, string | undefined> {
  return { ...process.env, ...nodeEnvironment(), MULLE_ROLE_CONFIG: JSON.stringify(roleConfig) };
}

/** The configuration that the parent handed to this role; throws where there is none. */
export function roleConfig(): unknown {
  const text = process.env['MULLE_ROLE_CONFIG'];
  if (text === undefined) throw new Error('A role is started by the supervisor, not by hand: run `mulle up`.');
  return JSON.parse(text);
}

/** Environment of a user's command: what a program needs to run, and Mulle's own address, nothing secret. */
export function commandEnvironment(extra: Record<string, string>): Record<string, string> {
  const kept = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TMPDIR', 'TZ'];
  const environment: Record<string, string> = {};
  for (const name of kept) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  return { ...environment, ...extra };
}

/** Environment of what installs packages: beside a command's, where the index is and how it is reached. */
export function packageEnvironment(): Record<string, string> {
  const reached = /^(PIP|UV)_|^(HTTPS?|NO|ALL)_PROXY$|^(SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE)$/i;
  const kept = Object.entries(process.env).flatMap(([name, value]) =>
    value !== undefined && reached.test(name) ? [[name, value] as const] : [],
  );
  return commandEnvironment(Object.fromEntries(kept));
}
