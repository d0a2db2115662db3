import { apiRoutes, type Route } from '@mulle/contract';

/** Edits (insert, delete, replace) that turn one text into the other: Levenshtein's distance, one row at a time. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replace = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replace, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}

function isParameter(segment: string): boolean {
  return segment.startsWith('{');
}

/** How far a path is from a route's; a parameter takes any segment. */
function pathDistance(path: readonly string[], template: readonly string[]): number {
  if (path.length !== template.length) return Number.POSITIVE_INFINITY;
  return template.reduce(
    (sum, segment, index) => sum + (isParameter(segment) ? 0 : distance(path[index] ?? '', segment)),
    0,
  );
}

const routes: readonly Route[] = Object.values(apiRoutes);

/** Methods that the table has for exactly this path; empty when there is no such path. */
export function methodsOf(path: string): string[] {
  const segments = path.split('/');
  return routes.filter((route) => pathDistance(segments, route.path.split('/')) === 0).map((route) => route.method);
}

/** The path of the table that was probably meant, or undefined when none is near (three edits). */
export function nearestPath(path: string): string | undefined {
  const segments = path.slice(0, 512).split('/');
  let best: { path: string; distance: number } | undefined;
  for (const route of routes) {
    if (route.access === 'internal') continue;
    const edits = pathDistance(segments, route.path.split('/'));
    if (edits <= 3 && edits < (best?.distance ?? Number.POSITIVE_INFINITY))
      best = { path: route.path, distance: edits };
  }
  return best?.path;
}
