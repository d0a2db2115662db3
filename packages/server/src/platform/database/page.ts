import { MulleError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';

/** What a paged list is asked for. */
export interface PageRequest {
  readonly limit?: number;
  readonly pageToken?: string;
}

const defaultPageSize = 100;

/** How many rows a page holds. */
function pageSize(request: PageRequest): number {
  return Math.min(request.limit ?? defaultPageSize, limits.pageSize);
}

/** The key that the page begins after, or undefined on the first; throws `invalid_argument` on a foreign token. */
export function readPageToken(request: PageRequest): string | number | undefined {
  if (request.pageToken === undefined) return undefined;
  try {
    const key: unknown = JSON.parse(Buffer.from(request.pageToken, 'base64url').toString());
    if (typeof key === 'string' || typeof key === 'number') return key;
  } catch {
    // Not JSON: the same answer as JSON of another kind.
  }
  throw foreignToken();
}

/** Where a page begins in a list that several columns order: a position travels as JSON in the token. */
export function readPosition(request: PageRequest): readonly (string | number | null)[] | undefined {
  const token = readPageToken(request);
  if (token === undefined) return undefined;
  try {
    const position: unknown = JSON.parse(String(token));
    if (Array.isArray(position) && position.every(isPart)) return position;
  } catch {
    // Not of this list: said below.
  }
  throw foreignToken();
}

function isPart(part: unknown): part is string | number | null {
  return part === null || typeof part === 'string' || typeof part === 'number';
}

function foreignToken(): MulleError {
  return new MulleError('invalid_argument', 'pageToken: this is no token of this list. Send nextPageToken as it came.');
}

/**
 * One page by keyset: `load` reads up to `count` rows beyond the token's key (one more than the page, to know whether
 * more follow); `keyOf` gives the column that the list is ordered by, unique per row.
 */
export async function pageOf<Row, Item>(
  request: PageRequest,
  load: (count: number) => Promise<Row[]>,
  keyOf: (row: Row) => string | number,
  toItem: (row: Row) => Item,
): Promise<{ items: Item[]; nextPageToken?: string }> {
  const size = pageSize(request);
  const rows = await load(size + 1);
  const items = rows.slice(0, size).map(toItem);
  const last = rows[size - 1];
  if (rows.length <= size || last === undefined) return { items };
  return { items, nextPageToken: Buffer.from(JSON.stringify(keyOf(last))).toString('base64url') };
}
