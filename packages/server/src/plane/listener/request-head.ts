import type { IncomingHttpHeaders } from 'node:http';

export interface RequestHead {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly bodyBytes: number;
  /** The caller wants no other answer on this connection. */
  readonly isLast: boolean;
}

const requestLine = /^POST (\/[!-~]*) HTTP\/1\.1\r\n/;
const headerLine = /([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)\r\n/y;
const spaceBehind = /[ \t]+$/;
const connections: ReadonlySet<string> = new Set(['keep-alive', 'Keep-Alive', 'close']);
const digits = /^\d{1,9}$/;

/** Heads that were read: callers send the same one again and again, but for the length. */
const known = new Map<string, RequestHead>();
const knownHeads = 1_024;
const knownCharacters = 2_048;

/** The head of a plain POST, or null: what `parseHead` finds in it. */
export function readHead(text: string): RequestHead | null {
  const before = known.get(text);
  if (before !== undefined) return before;
  const head = parseHead(text);
  if (head === null || text.length > knownCharacters) return head;
  if (known.size === knownHeads) known.clear();
  known.set(text, head);
  return head;
}

/**
 * Reads the head of a plain POST: everything before the empty line, with the line end of its last header. Null for a
 * request that is anything but plain, which `node:http` shall judge: another method or version, a body without a length,
 * a connection that is to change, an expectation, a name that comes twice, characters that may not be there.
 * What is read here is what `node:http` would have read.
 */
function parseHead(text: string): RequestHead | null {
  const line = requestLine.exec(text);
  if (line === null) return null;
  const headers: IncomingHttpHeaders = {};
  headerLine.lastIndex = line[0].length;
  while (headerLine.lastIndex < text.length) {
    const found = headerLine.exec(text);
    if (found === null) return null;
    const name = (found[1] ?? '').toLowerCase();
    if (name in headers) return null;
    headers[name] = (found[2] ?? '').replace(spaceBehind, '');
  }
  const { host, connection, 'content-length': length } = headers;
  if (host === undefined || length === undefined || !digits.test(length)) return null;
  if (connection !== undefined && !connections.has(connection)) return null;
  if ('transfer-encoding' in headers || 'expect' in headers || 'upgrade' in headers) return null;
  return {
    url: line[1] ?? '/',
    headers: Object.freeze(headers),
    bodyBytes: Number(length),
    isLast: connection === 'close',
  };
}
