/**
 * Windows as bytes: three 32-bit words (magic, checksum of all that follows, length of the header), the header as JSON
 * padded to 8 bytes, then doubles in the machine's byte order (the magic tells another one). The header is a list by
 * view of its definition and the keys of its entities; the doubles are, by view, the number of fields, the newest
 * times and `sweptUntil`, and by entity its number of rows, `evictedUntil` and the rows.
 */
import { EntityRows } from './entity-rows.ts';
import { witnesses, type ViewWindows } from './view-windows.ts';

const magic = 0x3157_574d;
const prefixBytes = 12;

/** What has to be the same for rows to be read back. */
function definitionOf({ view, fields }: ViewWindows): string {
  const windows = view.aggregates.map(({ window }) => window);
  return JSON.stringify([view.name, view.stream, view.entity, view.knownAt, fields, windows]);
}

/** FNV-1a over 32-bit words. What is written is a multiple of 8 bytes long. */
function checksum(bytes: Uint8Array): number {
  let hash = 0x811c_9dc5;
  for (const word of new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >>> 2)) {
    hash = Math.imul(hash ^ word, 0x0100_0193);
  }
  return hash >>> 0;
}

export function writeWindows(views: readonly ViewWindows[]): Uint8Array {
  const header = views.map((each) => [definitionOf(each), ...each.entities.keys()]);
  const text = new TextEncoder().encode(JSON.stringify(header));
  const bodyAt = Math.ceil((prefixBytes + text.length) / 8) * 8;
  let doubles = 0;
  for (const each of views) {
    doubles += 2 + each.newest.length;
    for (const rows of each.entities.values()) doubles += 2 + rows.rows * rows.stride;
  }
  const bytes = new Uint8Array(bodyAt + doubles * 8);
  const body = new Float64Array(bytes.buffer, bodyAt);
  let at = 0;
  for (const each of views) {
    body[at++] = each.fields.length;
    body.set(each.newest, at);
    at += each.newest.length;
    body[at++] = each.sweptUntil;
    for (const rows of each.entities.values()) {
      body[at++] = rows.rows;
      body[at++] = rows.evictedUntil;
      rows.copyTo(body, at);
      at += rows.rows * rows.stride;
    }
  }
  bytes.set(text, prefixBytes);
  const words = new Uint32Array(bytes.buffer, 0, 3);
  words[0] = magic;
  words[2] = text.length;
  words[1] = checksum(bytes.subarray(8));
  return bytes;
}

const damaged = (what: string): RangeError =>
  new RangeError(`The snapshot of the online features is damaged: ${what}.`);

function readHeader(text: string): string[][] {
  const parsed: unknown = JSON.parse(text);
  const lists = Array.isArray(parsed) ? parsed : [];
  return lists.map((list: unknown) => (Array.isArray(list) ? list.map(String) : []));
}

/** Fills views that are empty and defined as they were; returns their names. */
export function readWindows(bytes: Uint8Array, views: ReadonlyMap<string, ViewWindows>): string[] {
  // A copy, for doubles must begin at a multiple of 8 of their buffer.
  const whole = bytes.slice();
  if (whole.length < prefixBytes || whole.length % 8 !== 0) throw damaged('it is cut off');
  const [foundMagic, sum, length = 0] = new Uint32Array(whole.buffer, 0, 3);
  if (foundMagic !== magic || sum !== checksum(whole.subarray(8))) throw damaged('its checksum differs');
  const header = readHeader(new TextDecoder().decode(whole.subarray(prefixBytes, prefixBytes + length)));
  const body = new Float64Array(whole.buffer, Math.ceil((prefixBytes + length) / 8) * 8);
  let at = 0;
  const take = (count: number): Float64Array => body.subarray(at, (at += count));
  const next = (): number => body[at++] ?? Number.NaN;
  const byDefinition = new Map([...views.values()].map((view) => [definitionOf(view), view]));
  const restored: string[] = [];
  for (const [definition = '', ...keys] of header) {
    const windows = byDefinition.get(definition);
    const fields = next();
    const newest = take(witnesses);
    const sweptUntil = next();
    for (const key of keys) {
      const count = next();
      const rows = new EntityRows(fields, count, next());
      rows.data.set(take(count * rows.stride));
      rows.end = count;
      windows?.entities.set(key, rows);
    }
    if (!windows) continue;
    windows.newest.set(newest);
    windows.sweptUntil = sweptUntil;
    restored.push(windows.view.name);
  }
  return restored;
}
