import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { MulleError } from '#kernel/errors.ts';

/** One file of an archive: bytes, or where they are. */
export interface TarEntry {
  readonly name: string;
  readonly bytes: number;
  readonly content: Uint8Array | string;
}

const block = 512;
const padded = (bytes: number): number => Math.ceil(bytes / block) * block;
/** Of the numbers in a header, as octal text. */
const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, '0')}\0`;

/** POSIX ustar; no time and no owner, so that the same files make the same bytes. */
function headerOf({ name, bytes }: TarEntry): Buffer {
  const header = Buffer.alloc(block);
  header.write(name, 0, 100, 'utf8');
  for (const [at, value, width] of [
    [100, 0o644, 8],
    [108, 0, 8],
    [116, 0, 8],
    [124, bytes, 12],
    [136, 0, 12],
  ] as const) {
    header.write(octal(value, width), at, 'latin1');
  }
  header.write(' '.repeat(8), 148, 'latin1');
  header.write('0', 156, 'latin1');
  header.write('ustar\0' + '00', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

/** Writes an archive of these files, in this order. Names have at most 100 bytes. */
export async function writeTar(path: string, entries: readonly TarEntry[]): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (const entry of entries) {
      await file.write(headerOf(entry));
      if (typeof entry.content === 'string') {
        for await (const chunk of createReadStream(entry.content)) await file.write(Buffer.from(chunk));
      } else await file.write(entry.content);
      await file.write(Buffer.alloc(padded(entry.bytes) - entry.bytes));
    }
    await file.write(Buffer.alloc(2 * block));
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Reads an archive file by file: `take` is given each name and its bytes in pieces. Throws `corrupt_data` on what is none. */
export async function readTar(
  path: string,
  take: (name: string, pieces: AsyncIterable<Buffer>) => Promise<void>,
): Promise<void> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    for (let at = 0; at + block <= size;) {
      const header = Buffer.alloc(block);
      await file.read(header, 0, block, at);
      if (header.every((byte) => byte === 0)) return;
      const bytes = Number.parseInt(header.toString('latin1', 124, 135), 8);
      if (header.toString('latin1', 257, 262) !== 'ustar' || !(bytes >= 0) || at + block + bytes > size) {
        throw new MulleError('corrupt_data', `${path} is no archive, or cut off.`);
      }
      const name = header.toString('utf8', 0, 100).replace(/\0.*$/s, '');
      const start = at + block;
      await take(name, bytes === 0 ? empty() : createReadStream(path, { start, end: start + bytes - 1 }));
      at = start + padded(bytes);
    }
  } finally {
    await file.close();
  }
}

async function* empty(): AsyncGenerator<Buffer> {
  // No bytes.
}
