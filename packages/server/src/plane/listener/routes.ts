/** What a request to the traffic port asks for. */
export type Route =
  | { kind: 'infer'; protocol: 'oip' | 'plain'; endpoint: string; version: string | null }
  | { kind: 'outcomes' | 'exposures'; endpoint: string }
  /** OFREP; without a key all flags. */
  | { kind: 'flags'; key: string | null }
  | { kind: 'growthbook' }
  | { kind: 'model'; endpoint: string; version: string | null; readyOnly: boolean }
  /** The repository of models: what is there, and what is loaded and let go. */
  | { kind: 'repository-index' }
  | { kind: 'repository-model'; endpoint: string; action: 'load' | 'unload' }
  | { kind: 'server' | 'live' | 'ready' | 'health' | 'metrics' | 'status' }
  | { kind: 'unknown' };

const fixed: Readonly<Record<string, Route>> = {
  '/v2': { kind: 'server' },
  '/v2/health/live': { kind: 'live' },
  '/v2/health/ready': { kind: 'ready' },
  '/health': { kind: 'health' },
  '/metrics': { kind: 'metrics' },
  '/internal/status': { kind: 'status' },
};

const posted: ReadonlySet<Route['kind']> = new Set([
  'infer',
  'exposures',
  'outcomes',
  'flags',
  'repository-index',
  'repository-model',
]);

/** The methods that a kind of route takes. */
export function methodOf({ kind }: Route): 'GET' | 'POST' {
  return posted.has(kind) ? 'POST' : 'GET';
}

/** The route of a URL's path; a query is ignored. Names in it are decoded. */
export function routeOf(url: string): Route {
  const query = url.indexOf('?');
  const path = query < 0 ? url : url.slice(0, query);
  const parts = path.split('/');
  try {
    if (parts[1] === 'v2' && parts[2] === 'models') return modelRoute(parts);
    if (parts[1] === 'v2' && parts[2] === 'repository') return repositoryRoute(parts);
    if (path.startsWith(flagsPath)) return flagsRoute(path.slice(flagsPath.length));
    if (parts[1] === 'api' && parts[2] === 'features' && parts.length === 4) return { kind: 'growthbook' };
    if (parts[1] === 'v1' && parts[2] === 'endpoints' && parts.length === 5) {
      const endpoint = decodeURIComponent(parts[3] ?? '');
      if (parts[4] === 'predict') return { kind: 'infer', protocol: 'plain', endpoint, version: null };
      if (parts[4] === 'outcomes' || parts[4] === 'exposures') return { kind: parts[4], endpoint };
    }
  } catch {
    return { kind: 'unknown' };
  }
  return fixed[path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path] ?? { kind: 'unknown' };
}

const flagsPath = '/ofrep/v1/evaluate/flags';

/** What follows: nothing, or one flag's key. */
function flagsRoute(rest: string): Route {
  if (rest === '' || rest === '/') return { kind: 'flags', key: null };
  const key = rest.slice(1);
  return rest.startsWith('/') && !key.includes('/')
    ? { kind: 'flags', key: decodeURIComponent(key) }
    : { kind: 'unknown' };
}

/** `/v2/repository/index`, `/v2/repository/models/{endpoint}/load|unload` */
function repositoryRoute([, , , list, name = '', action, ...rest]: readonly string[]): Route {
  if (list === 'index' && name === '' && action === undefined) return { kind: 'repository-index' };
  const isModel = list === 'models' && name !== '' && rest.length === 0;
  if (!isModel || (action !== 'load' && action !== 'unload')) return { kind: 'unknown' };
  return { kind: 'repository-model', endpoint: decodeURIComponent(name), action };
}

/** `/v2/models/{endpoint}[/versions/{version}][/infer|/ready]`, split at the slashes. */
function modelRoute(parts: readonly string[]): Route {
  const endpoint = decodeURIComponent(parts[3] ?? '');
  const hasVersion = parts[4] === 'versions' && parts.length > 5;
  const version = hasVersion ? decodeURIComponent(parts[5] ?? '') : null;
  const [action, ...rest] = parts.slice(hasVersion ? 6 : 4);
  if (endpoint === '' || rest.length > 0) return { kind: 'unknown' };
  if (action === 'infer') return { kind: 'infer', protocol: 'oip', endpoint, version };
  if (action === undefined || action === 'ready')
    return { kind: 'model', endpoint, version, readyOnly: action === 'ready' };
  return { kind: 'unknown' };
}
