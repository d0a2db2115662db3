import { routeUrl, type CallInput } from '@mulle/client';
import { apiRoutes, type ApiRoutes, type RouteName } from '@mulle/contract';

/** One word of a shell line, whatever is in it. */
export const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** The curl line that does what the console does; a key is read from the environment, never written out. */
export function curlLine<N extends RouteName>(name: N, input: CallInput<ApiRoutes[N]>, withKey: boolean): string {
  const route = apiRoutes[name];
  const body = 'body' in input ? input.body : undefined;
  return [
    'curl',
    ...(route.method === 'GET' ? [] : ['-X', route.method]),
    ...(withKey ? ['-H', '"Authorization: Bearer $MULLE_KEY"'] : []),
    ...(body === undefined ? [] : ['-H', `'content-type: application/json'`, '-d', quoted(JSON.stringify(body))]),
    quoted(routeUrl(location.origin, route, input as Parameters<typeof routeUrl>[2])),
  ].join(' ');
}
